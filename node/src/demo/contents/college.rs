//! «Rénovation du collège du Don»: a building project of Châteaubriant and Nantes.

use bocage_crdt::features::commands::{Colour, Role, SpaceKind, Visibility};

use super::{SpaceText, Step};

pub(super) const COLLEGE: SpaceText = SpaceText {
    key: "college",
    kind: SpaceKind::Project,
    template: "project-works",
    name: "Rénovation du collège du Don",
    colour: Colour::Brique,
    symbol: "school",
    visibility: Visibility::Request,
    description: "Deux ans de travaux sans fermer le collège : phasage, réunions, décisions.",
    opener: "claire",
    members: &[
        ("karim", Role::Manager),
        ("sylvie", Role::Contributor),
        ("solene", Role::Contributor),
        ("yannick", Role::Contributor),
        ("marie", Role::Contributor),
        ("eric", Role::Commenter),
        ("nadine", Role::Viewer),
    ],
    from_template: &["Réunions de chantier", "Plan de phasage des travaux"],
    steps: &[
        Step::Page {
            by: "karim",
            title: "Phasage : du bâtiment B à la salle de restauration",
            body: "\
Le collège reste ouvert pendant tout le chantier. On travaille bâtiment par bâtiment, et **jamais pendant les épreuves**. La demi-pension déménage dans le préau fermé de janvier à avril.
# Phase 1 : désamiantage du bâtiment B
Le désamiantage commence le lundi 4 janvier et dure sept semaines. L'accès rue des Vannes est réservé aux camions de 7 h à 8 h, avant l'arrivée des élèves.
La coupure d'eau est prévue le mercredi 13 janvier, de 8 h à 17 h. La cuisine prépare des repas froids ce jour-là.
[x] Prévenir les familles (principal, avant le 11 décembre)
[ ] Baliser l'entrée rue des Vannes avec la Voirie
[ ] Vérifier le sas et l'affichage avec le coordonnateur de sécurité
# Phase 2 : la salle de restauration
Solène propose de garder la chaîne froide sur place. Nous comparons deux tracés pour l'arrivée de gaz : par la cour, ou par le local des poubelles.
- Par la cour : deux semaines de plus, mais rien à casser dans la cuisine
- Par le local : plus court, à condition de déplacer le compteur
# Phase 3 : cour et préau
[ ] Choisir les arbres avec les élèves délégués
[ ] Demander le devis de l'abri à vélos",
        },
        Step::Page {
            by: "sylvie",
            title: "Compte rendu de chantier n° 7",
            body: "\
# Présents
Claire Le Goff, Karim Benali, Sylvie Hervé, l'architecte, l'entreprise de désamiantage. Excusé : le gardien.
# Ce qui a été décidé
- Les bennes restent côté parking des professeurs, jamais devant le portail
- Le bruit s'arrête à 11 h 30 les jours d'évaluation
- Une visite de la cuisine provisoire a lieu le 8 décembre avec l'équipe de Solène
# À faire
[x] Envoyer le plan d'accès aux transporteurs scolaires
[ ] Relire le diagnostic plomb de la salle 12
[ ] Trouver où ranger les 140 chaises du foyer
> Prochaine réunion : mardi à 14 h, entrée rue des Vannes.",
        },
        Step::Post {
            by: "karim",
            title: "Réunion de chantier n° 8 : mardi à 14 h",
            text: "Sur place, entrée rue des Vannes. Casque et chaussures obligatoires, il y en a quatre paires de plus à la loge.\nOrdre du jour : la date du désamiantage, le tracé du gaz, la cuisine provisoire.",
        },
        Step::Comment {
            by: "sylvie",
            on: "Phasage : du bâtiment B à la salle de restauration",
            text: "Le 4, le gardien est encore en congé. Peut-on viser le mardi 5 ?",
        },
        Step::Comment {
            by: "karim",
            on: "Phasage : du bâtiment B à la salle de restauration",
            text: "D'accord pour moi, je vois avec l'entreprise.",
        },
        Step::Post {
            by: "sylvie",
            title: "Merci aux agents pour le déménagement du foyer",
            text: "140 chaises, 30 tables et un baby-foot en une matinée. Les élèves ont retrouvé leur foyer dans la salle 4 dès lundi midi.",
        },
        Step::Thank {
            by: "claire",
            on: "Merci aux agents pour le déménagement du foyer",
            reason: "Tout était prêt avant la sonnerie",
        },
        Step::Thank {
            by: "solene",
            on: "Merci aux agents pour le déménagement du foyer",
            reason: "",
        },
        Step::Say {
            by: "claire",
            channel: "Réunions de chantier",
            text: "Le compte rendu n° 7 est en ligne, merci Sylvie. Relisez surtout la partie cuisine.",
        },
        Step::Say {
            by: "solene",
            channel: "Réunions de chantier",
            text: "Lu. Pour les repas froids du 13 janvier, il me faut le nombre d'élèves avant le 18 décembre.",
        },
        Step::Read { by: "claire", what: "Réunions de chantier" },
        Step::Say {
            by: "sylvie",
            channel: "Réunions de chantier",
            text: "412 élèves et 38 adultes, je confirme vendredi.",
        },
        Step::Say {
            by: "yannick",
            channel: "Réunions de chantier",
            text: "Rue des Vannes : on pose les barrières lundi à 6 h 30, il faut que les voitures soient parties.",
        },
        Step::Say {
            by: "marie",
            channel: "Réunions de chantier",
            text: "À Nort, on a eu le même chantier l'an dernier. Pour la cuisine provisoire, prévoyez deux arrivées électriques séparées : une seule n'a pas tenu.",
        },
        Step::Thank {
            by: "solene",
            on: "À Nort, on a eu le même chantier l'an dernier. Pour la cuisine provisoire, prévoyez deux arrivées électriques séparées : une seule n'a pas tenu.",
            reason: "Ça nous évite une panne",
        },
        Step::Say {
            by: "karim",
            channel: "Réunions de chantier",
            text: "Ordre du jour du n° 8 : date du désamiantage, tracé du gaz, cuisine provisoire.",
        },
    ],
};
