//! Spaces about roads: a team, a winter, a practice.

use bocage_crdt::features::commands::{Colour, Role, SpaceKind, Visibility};

use super::{SpaceText, Step};

pub(super) const ROADS: SpaceText = SpaceText {
    key: "roads",
    kind: SpaceKind::Team,
    template: "team-field",
    name: "Voirie Châteaubriant",
    colour: Colour::Ajonc,
    symbol: "cone",
    visibility: Visibility::Open,
    description: "Les équipes de Châteaubriant et de Derval : chantiers du jour, astreinte, consignes.",
    opener: "patrick",
    members: &[
        ("yannick", Role::Contributor),
        ("claire", Role::Contributor),
        ("eric", Role::Contributor),
        ("loic", Role::Commenter),
        ("thierry", Role::Manager),
    ],
    from_template: &["Chantiers du jour", "Général"],
    steps: &[
        Step::Page {
            by: "patrick",
            title: "Arbre sur la route : qui fait quoi",
            body: "\
À lire une fois au calme, à retrouver sur place.
# En arrivant
1. Se garer en amont, gyrophare et triangle, puis mettre le gilet
1. Poser la signalisation avant de toucher à l'arbre
1. Dire sur « Chantiers du jour » où l'on est et ce qui passe encore
# On ne coupe pas
- Un arbre pris dans une ligne électrique : on attend le réseau
- Un arbre en tension sans élagueur formé
# Avant de partir
[ ] La chaussée est balayée, le fossé dégagé
[ ] Une photo et le point repère sont notés
[ ] La souche dangereuse est signalée pour le lendemain",
        },
        Step::Post {
            by: "thierry",
            title: "Neige mercredi matin : qui est d'astreinte, qui prévenir",
            text: "Météo-France annonce 3 à 5 cm entre 4 h et 8 h sur le nord du département.\nAstreinte : Patrick Guillet et Yannick Moreau. Renfort à Ancenis : Loïc Bertin.\nLes cars scolaires sont prévenus par le siège avant 5 h 30.",
        },
        Step::Comment {
            by: "patrick",
            on: "Neige mercredi matin : qui est d'astreinte, qui prévenir",
            text: "Vu. Les deux camions sont chargés en sel depuis ce soir.",
        },
        Step::Say {
            by: "patrick",
            channel: "Chantiers du jour",
            text: "Équipe 2 partie pour les accotements de la RD 775. Retour prévu à 11 h 30.",
        },
        Step::Say {
            by: "claire",
            channel: "Chantiers du jour",
            text: "Merci. Je passe au collège du Don à 14 h, dites-moi si la rue des Vannes est dégagée.",
        },
        Step::Read {
            by: "claire",
            what: "Chantiers du jour",
        },
        Step::Say {
            by: "yannick",
            channel: "Chantiers du jour",
            text: "Arbre tombé RD 178, PR 12+400 à Moisdon-la-Rivière : une voie libre, j'attends l'élagueuse.",
        },
        Step::Say {
            by: "patrick",
            channel: "Chantiers du jour",
            text: "Élagueuse sur place dans 40 minutes. Alternat manuel en attendant.",
        },
        Step::Say {
            by: "yannick",
            channel: "Chantiers du jour",
            text: "Reçu. Peut-on fermer jeudi pour la souche ?",
        },
        Step::Thank {
            by: "patrick",
            on: "Reçu. Peut-on fermer jeudi pour la souche ?",
            reason: "Bonne idée de grouper avec le fossé",
        },
        Step::Thank {
            by: "thierry",
            on: "Reçu. Peut-on fermer jeudi pour la souche ?",
            reason: "",
        },
    ],
};

pub(super) const WINTER: SpaceText = SpaceText {
    key: "winter",
    kind: SpaceKind::Project,
    template: "project",
    name: "Viabilité hivernale 2026-2027",
    colour: Colour::Loire,
    symbol: "snow",
    visibility: Visibility::Open,
    description: "Préparer l'hiver dans tous les territoires : sel, circuits, astreintes, bilans.",
    opener: "thierry",
    members: &[
        ("loic", Role::Manager),
        ("patrick", Role::Contributor),
        ("yannick", Role::Contributor),
        ("claire", Role::Viewer),
        ("anne", Role::Commenter),
    ],
    from_template: &["Général"],
    steps: &[
        Step::Page {
            by: "thierry",
            title: "Circuits et niveaux de service",
            body: "\
Trois niveaux, les mêmes partout, pour que les maires et les cars sachent à quoi s'attendre.
# Niveau 1 : dégagé en trois heures
- RD 178, RD 771, RD 775 et l'accès aux hôpitaux
# Niveau 2 : dégagé en six heures
- Les lignes de cars scolaires et l'accès aux collèges
# Niveau 3 : dans la journée
- Le reste, une fois les deux premiers niveaux finis
# Avant le 1er décembre
[x] Stocks de sel livrés à Derval et à Ancenis
[x] Lames montées, essayées une nuit
[ ] Numéros des maires relus
[ ] Exercice avec les transporteurs",
        },
        Step::Page {
            by: "loic",
            title: "Tour d'astreinte d'Ancenis, décembre",
            body: "\
1. Du 30 novembre au 7 décembre : Loïc Bertin
1. Du 7 au 14 décembre : équipe de Ligné
1. Du 14 au 21 décembre : Loïc Bertin
1. Du 21 au 28 décembre : équipe d'Ancenis, double effectif le 24
**Échange possible** jusqu'à l'avant-veille : prévenir ici et par téléphone.",
        },
        Step::Channel {
            by: "thierry",
            name: "Astreinte",
        },
        Step::Say {
            by: "loic",
            channel: "Astreinte",
            text: "Ancenis : décembre est rempli.",
        },
        Step::Say {
            by: "patrick",
            channel: "Astreinte",
            text: "Derval : il me manque une personne pour la nuit du 24. Qui peut ?",
        },
        Step::Say {
            by: "loic",
            channel: "Astreinte",
            text: "Une de mes équipes peut couvrir jusqu'à Saint-Julien-de-Vouvantes, on en parle demain.",
        },
        Step::Thank {
            by: "patrick",
            on: "Une de mes équipes peut couvrir jusqu'à Saint-Julien-de-Vouvantes, on en parle demain.",
            reason: "Ça sauve le réveillon de deux collègues",
        },
        Step::Read {
            by: "claire",
            what: "Astreinte",
        },
    ],
};

pub(super) const SIGNS: SpaceText = SpaceText {
    key: "signs",
    kind: SpaceKind::Practice,
    template: "practice",
    name: "Signalisation de chantier",
    colour: Colour::Ardoise,
    symbol: "sign",
    visibility: Visibility::Open,
    description: "Poser, vérifier, enlever : ce que chaque équipe a appris sur la signalisation temporaire.",
    opener: "karim",
    members: &[
        ("patrick", Role::Contributor),
        ("yannick", Role::Contributor),
        ("loic", Role::Contributor),
        ("thierry", Role::Contributor),
        ("claire", Role::Viewer),
    ],
    from_template: &["Entraide"],
    steps: &[
        Step::Page {
            by: "loic",
            title: "Fiche : alternat par feux sur une route étroite",
            body: "\
- **Problème** : moins de 5,50 m de large, des camions, pas d'accotement
- **Astuce** : reculer les feux de 30 m de plus que le schéma, et placer l'attente avant le virage
- **Où cela marche** : essayé sur trois routes autour d'Ancenis
- **Relue par** : Patrick Guillet
# Matériel
1. Deux feux, quatre panneaux AK5, dix cônes par côté
1. Un chargeur de secours : la nuit de gel a vidé deux batteries",
        },
        Step::Say {
            by: "yannick",
            channel: "Entraide",
            text: "Le panneau AK5 tient mal dans le fossé, quelqu'un a une solution ?",
        },
        Step::Say {
            by: "loic",
            channel: "Entraide",
            text: "Un piquet d'acacia et deux colliers. On en a fait quarante, je t'en mets dix de côté.",
        },
        Step::Thank {
            by: "yannick",
            on: "Un piquet d'acacia et deux colliers. On en a fait quarante, je t'en mets dix de côté.",
            reason: "Parfait, je passe vendredi",
        },
        Step::Read {
            by: "claire",
            what: "Entraide",
        },
    ],
};
