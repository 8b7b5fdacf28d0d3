//! Templates of practices: one trade or one question across all territories.

use bocage_crdt::features::commands::SpaceKind;

use super::{BuiltIn, PageText, Text2};

const CHANNEL_HELP: Text2 = Text2 {
    fr: "Entraide",
    en: "Helping each other",
};

const QUESTIONS: PageText = PageText {
    title: Text2 { fr: "Questions fréquentes", en: "Frequent questions" },
    body: Text2 {
        fr: "\
Les questions qui reviennent, avec la réponse sur laquelle nous sommes d'accord. On pose d'abord sa question dans le canal « Entraide », on range ensuite la réponse ici.
# La question, en une phrase
La réponse, en quelques lignes, assez simple pour être appliquée demain matin.
- Vérifiée par, le :
- Ne vaut pas quand :
# Une autre question
La réponse :
- Vérifiée par, le :
- Ne vaut pas quand :",
        en: "\
Questions that come back, with the answer on which we agree. Ask first in the channel \"Helping each other\", then put the answer here.
# The question, in one sentence
The answer, in a few lines, simple enough to be used tomorrow morning.
- Checked by, on:
- Does not hold when:
# Another question
The answer:
- Checked by, on:
- Does not hold when:",
    },
};

const CARDS: PageText = PageText {
    title: Text2 { fr: "Fiches", en: "Cards" },
    body: Text2 {
        fr: "\
Une fiche raconte une façon de faire qui a marché quelque part et peut servir ailleurs. Faites-en une page à part quand elle grandit.
# Modèle de fiche
- **Problème** : ce qui gêne, dans quelle situation
- **Astuce** : ce qu'on fait, pas à pas
- **Où cela marche** : lieux, matériel, saison
- **Essayée par** : qui, où, depuis quand
- **Relue par** : qui, le
# Fiches à écrire
[ ] Sujet, et qui s'en charge",
        en: "\
A card tells a way of doing that worked somewhere and can serve elsewhere. Make it a page of its own when it grows.
# How to write a card
- **Problem**: what gets in the way, in which situation
- **Tip**: what we do, step by step
- **Where it works**: places, equipment, season
- **Tried by**: who, where, since when
- **Checked by**: who, on
# Cards to write
[ ] Subject, and who takes care of it",
    },
};

const WHO_KNOWS: PageText = PageText {
    title: Text2 {
        fr: "Qui sait ?",
        en: "Who knows?",
    },
    body: Text2 {
        fr: "\
Les personnes à qui demander, et sur quoi. Ajoutez-vous : savoir une seule chose utile suffit.
# Par sujet
- **Sujet** : prénom nom, lieu, le bon moment pour appeler
- **Sujet** :
# Nos éclaireuses et éclaireurs
Elles et ils essaient d'abord, répondent aux collègues, et disent ce qui ne va pas.
- Par territoire :",
        en: "\
The people to ask, and about what. Add yourself: knowing one useful thing is enough.
# By subject
- **Subject**: name, place, the right moment to call
- **Subject**:
# Our scouts
They try first, answer colleagues, and say what does not work.
- By territory:",
    },
};

const MEETINGS: PageText = PageText {
    title: Text2 {
        fr: "Rencontres du réseau",
        en: "Meetings of the network",
    },
    body: Text2 {
        fr: "\
Se voir deux ou trois fois par an fait plus que cent messages.
# Prochaine rencontre
- Date, lieu, covoiturage :
- Qui accueille :
[ ] Invitations envoyées
[ ] Une visite ou un essai sur place est prévu
# Sujets proposés
- Sujet, par qui
# Ce qu'on en a retenu
- Date de la rencontre, et trois choses à reprendre chez soi :",
        en: "\
Meeting two or three times a year does more than a hundred messages.
# Next meeting
- Date, place, shared cars:
- Who is the host:
[ ] Invitations sent
[ ] A visit or a trial on site is planned
# Subjects proposed
- Subject, by whom
# What we keep of it
- Date of the meeting, and three things to use at home:",
    },
};

/// The templates of this kind.
pub(super) const ALL: &[BuiltIn] = &[
    BuiltIn {
        id: "practice",
        kind: SpaceKind::Practice,
        name: Text2 {
            fr: "Pratique",
            en: "Practice",
        },
        description: Text2 {
            fr: "Des questions, des fiches, et qui sait quoi, à travers tous les territoires.",
            en: "Questions, cards, and who knows what, across all territories.",
        },
        channels: &[CHANNEL_HELP],
        pages: &[QUESTIONS, CARDS, WHO_KNOWS],
    },
    BuiltIn {
        id: "practice-network",
        kind: SpaceKind::Practice,
        name: Text2 {
            fr: "Réseau métier",
            en: "Trade network",
        },
        description: Text2 {
            fr: "Pour un métier dispersé : se rencontrer, se dépanner, garder ce qu'on apprend.",
            en: "For a scattered trade: meet, help each other out, keep what is learnt.",
        },
        channels: &[
            CHANNEL_HELP,
            Text2 {
                fr: "Annonces",
                en: "Announcements",
            },
        ],
        pages: &[MEETINGS, QUESTIONS, CARDS, WHO_KNOWS],
    },
];
