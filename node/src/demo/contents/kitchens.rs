//! Spaces of cooks, and of the scouts who help everybody.

use bocage_crdt::features::commands::{Colour, Role, SpaceKind, Visibility};

use super::{SpaceText, Step};

pub(super) const ALLERGIES: SpaceText = SpaceText {
    key: "allergies",
    kind: SpaceKind::Practice,
    template: "practice",
    name: "Allergies alimentaires",
    colour: Colour::Haie,
    symbol: "wheat",
    visibility: Visibility::Open,
    description: "Ouvert à toutes les cuisines : questions, fiches, étiquettes, plateaux avec PAI.",
    opener: "nadine",
    members: &[
        ("solene", Role::Contributor),
        ("brigitte", Role::Contributor),
        ("gaelle", Role::Contributor),
        ("marie", Role::Manager),
        ("claire", Role::Viewer),
        ("sylvie", Role::Commenter),
    ],
    from_template: &["Entraide"],
    steps: &[
        Step::Post {
            by: "nadine",
            title: "Cantines : le tableau des 14 allergènes est à jour",
            text: "À lire avant vendredi par toutes les cuisines.\nNouveau : le lupin se trouve aussi dans certains pains sans gluten. Vérifiez la farine, pas seulement le nom du pain.",
        },
        Step::Page {
            by: "nadine",
            title: "Lire une étiquette : où se cachent les 14 allergènes",
            body: "\
Dix minutes de lecture, à refaire quand un fournisseur change.
# Les mots qui trompent
- **Tahin**, crème de sésame : c'est du sésame
- **Lécithine** sans précision : souvent du soja
- **Protéines végétales** : soja, lupin ou blé, il faut demander
- **Arôme naturel de noisette** : on ne le donne pas
# Quand on n'est pas sûr
1. On sort le plat du plateau de l'élève
1. On le note sur l'affiche du jour
1. On appelle le fournisseur, puis on écrit ici ce qu'il a répondu
> Mieux vaut un plateau plus simple qu'un doute.",
        },
        Step::Page {
            by: "solene",
            title: "Remplacer le lait dans 12 recettes de base",
            body: "\
Essayée dans neuf cuisines. Les quantités sont pour cent personnes.
# Ce qui marche
- Béchamel : boisson d'avoine, 10 % de farine en moins
- Purée : eau de cuisson et huile d'olive, jamais d'eau claire
- Flan : ne se remplace pas, on fait une compote
# Ce qu'on a essayé pour rien
- La boisson de riz dans les gratins : elle rend de l'eau
[x] Relue par Nadine Rousseau
[ ] Essayer la crème d'avoine au four mixte",
        },
        Step::Comment {
            by: "gaelle",
            on: "Remplacer le lait dans 12 recettes de base",
            text: "À Ancenis la béchamel d'avoine passe très bien, même chez les sixièmes. Nous mettons un peu de muscade.",
        },
        Step::Thank {
            by: "brigitte",
            on: "Remplacer le lait dans 12 recettes de base",
            reason: "Servie mardi, aucun reste",
        },
        Step::Thank {
            by: "marie",
            on: "Remplacer le lait dans 12 recettes de base",
            reason: "",
        },
        Step::Say {
            by: "solene",
            channel: "Entraide",
            text: "Une purée « sans sésame affiché » : le tahin du lot B compte-t-il ?",
        },
        Step::Say {
            by: "nadine",
            channel: "Entraide",
            text: "Oui. Le tahin est du sésame, même sans le mot sur l'étiquette. Lot B : on le sort du plateau de l'élève et on note « sésame » sur l'affiche du jour. J'ai prévenu le fournisseur.",
        },
        Step::Thank {
            by: "solene",
            on: "Oui. Le tahin est du sésame, même sans le mot sur l'étiquette. Lot B : on le sort du plateau de l'élève et on note « sésame » sur l'affiche du jour. J'ai prévenu le fournisseur.",
            reason: "Réponse en dix minutes",
        },
        Step::Say {
            by: "gaelle",
            channel: "Entraide",
            text: "PAI œuf : la mayonnaise de notre fournisseur est-elle sûre ?",
        },
    ],
};

pub(super) const KITCHENS: SpaceText = SpaceText {
    key: "kitchens",
    kind: SpaceKind::Team,
    template: "team",
    name: "Cuisines du pays de Châteaubriant",
    colour: Colour::Pommier,
    symbol: "pot",
    visibility: Visibility::Request,
    description: "Commandes, menus et coups de main entre les cuisines de Châteaubriant et d'Ancenis.",
    opener: "claire",
    members: &[
        ("solene", Role::Manager),
        ("brigitte", Role::Contributor),
        ("marie", Role::Contributor),
        ("gaelle", Role::Contributor),
    ],
    from_template: &["Général"],
    steps: &[
        Step::Page {
            by: "brigitte",
            title: "Plat témoin quand la cellule est en panne",
            body: "\
Arrivé deux fois cet automne à Derval.
1. Mettre le plat témoin dans un bac de glace, couvercle fermé
1. Relever la température toutes les trente minutes et l'écrire
1. Appeler la cuisine la plus proche : elle garde le bac jusqu'au lendemain
[ ] Numéro du dépanneur affiché près de la porte
[x] Deux thermomètres en réserve",
        },
        Step::Channel {
            by: "solene",
            name: "Commandes",
        },
        Step::Say {
            by: "gaelle",
            channel: "Commandes",
            text: "Le maraîcher de Teillé a 200 kg de carottes trop petites pour le marché. Qui en veut ?",
        },
        Step::Say {
            by: "brigitte",
            channel: "Commandes",
            text: "60 kg pour Derval, pour les potages.",
        },
        Step::Say {
            by: "solene",
            channel: "Commandes",
            text: "100 kg pour le Don. La livraison est avancée à mardi 7 h, passez par la rue des Vannes avant les camions.",
        },
        Step::Read {
            by: "claire",
            what: "Commandes",
        },
    ],
};

pub(super) const SCOUTS: SpaceText = SpaceText {
    key: "scouts",
    kind: SpaceKind::Practice,
    template: "practice-network",
    name: "Éclaireurs",
    colour: Colour::Bruyere,
    symbol: "compass",
    visibility: Visibility::Open,
    description: "Celles et ceux qui essaient d'abord et aident leurs collègues à utiliser Bocage.",
    opener: "marie",
    members: &[
        ("eric", Role::Contributor),
        ("anne", Role::Manager),
        ("loic", Role::Contributor),
        ("claire", Role::Contributor),
        ("brigitte", Role::Contributor),
    ],
    from_template: &["Entraide"],
    steps: &[
        Step::Post {
            by: "anne",
            title: "Coupure prévue jeudi au siège, de 12 h à 14 h",
            text: "Nous changeons l'onduleur de Nantes. À Châteaubriant et à Ancenis, rien ne s'arrête : on écrit, on lit, et tout se retrouve au retour. Dites ici ce que vous avez remarqué.",
        },
        Step::Say {
            by: "brigitte",
            channel: "Entraide",
            text: "Une collègue demande si elle doit taper les accents pour chercher.",
        },
        Step::Say {
            by: "marie",
            channel: "Entraide",
            text: "Non : la recherche se fait sans accents ni majuscules. « pate a crepes » trouve « Pâte à crêpes ».",
        },
        Step::Thank {
            by: "brigitte",
            on: "Non : la recherche se fait sans accents ni majuscules. « pate a crepes » trouve « Pâte à crêpes ».",
            reason: "",
        },
        Step::Read {
            by: "claire",
            what: "Entraide",
        },
    ],
};
