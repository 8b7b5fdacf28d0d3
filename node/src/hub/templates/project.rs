//! Templates of projects: work with an end.

use bocage_crdt::features::commands::SpaceKind;

use super::{BuiltIn, PageText, Text2};

const CHANNEL_GENERAL: Text2 = Text2 {
    fr: "Général",
    en: "General",
};

const MEETING: PageText = PageText {
    title: Text2 {
        fr: "Compte rendu de réunion",
        en: "Meeting notes",
    },
    body: Text2 {
        fr: "\
Page à copier pour chaque réunion : garder le titre, ajouter la date.
# Date, lieu, présents
- Date et lieu :
- Présents :
- Excusés :
# Ordre du jour
1. Suite de la dernière réunion
1. Points à décider
1. Questions diverses
# Ce qui a été décidé
- Décision, par qui, pour quand
# À faire
[ ] Quoi, qui, pour quelle date
[ ] Envoyer ce compte rendu aux absents
# Prochaine réunion
Date, heure et lieu :",
        en: "\
A page to copy for each meeting: keep the title, add the date.
# Date, place, who was there
- Date and place:
- Present:
- Sent apologies:
# Agenda
1. What followed from the last meeting
1. What has to be decided
1. Any other business
# What was decided
- Decision, by whom, by when
# To do
[ ] What, who, by which date
[ ] Send these notes to those who were absent
# Next meeting
Date, time and place:",
    },
};

const DECISIONS: PageText = PageText {
    title: Text2 { fr: "Décisions", en: "Decisions" },
    body: Text2 {
        fr: "\
Une décision par paragraphe, la plus récente en haut. On n'efface pas une décision : on en écrit une nouvelle qui la remplace.
# Comment l'écrire
- **Quoi** : ce qui est décidé, en une phrase
- **Pourquoi** : ce qui a fait pencher, et ce qu'on a écarté
- **Qui et quand** : qui a décidé, à quelle date
- **À revoir** : dans quel cas on en reparle",
        en: "\
One decision per paragraph, the latest on top. A decision is never deleted: a new one is written that replaces it.
# How to write it
- **What**: what is decided, in one sentence
- **Why**: what tipped the balance, and what was left aside
- **Who and when**: who decided, on which date
- **To be seen again**: in which case it is discussed once more",
    },
};

const CLOSING: PageText = PageText {
    title: Text2 {
        fr: "Liste de clôture",
        en: "Closing checklist",
    },
    body: Text2 {
        fr: "\
À parcourir ensemble avant de fermer l'espace. Fermé, il reste lisible et on le trouve encore.
# Avec l'équipe
[ ] Réunion de bilan tenue, compte rendu écrit
[ ] Ce qui a bien marché est raconté dans une fiche
[ ] Ce qu'on ferait autrement est écrit aussi
[ ] Les personnes sont remerciées
# Les papiers
[ ] Les pièces à archiver sont rangées et nommées
[ ] Le budget est soldé
[ ] Les contrats et les accès des partenaires sont terminés
# Après
[ ] La personne à qui s'adresser ensuite est nommée ici :
[ ] Ce qui reste à faire est confié à un autre espace",
        en: "\
To be gone through together before the space is closed. Closed, it can still be read and found.
# With the team
[ ] The last meeting was held, its notes are written
[ ] What went well is told in a card
[ ] What we would do differently is written down too
[ ] People have been thanked
# The papers
[ ] What goes to the archives is sorted and named
[ ] The budget is settled
[ ] Contracts and partners' accounts have ended
# Afterwards
[ ] The person to ask from now on is named here:
[ ] What is left to do was given to another space",
    },
};

const PHASES: PageText = PageText {
    title: Text2 {
        fr: "Phases",
        en: "Phases",
    },
    body: Text2 {
        fr: "\
Où en est le projet, en une page. À mettre à jour au moins une fois par mois.
# 1. Préparer
Ce qu'on veut obtenir, pour qui, et à quoi on verra que c'est réussi.
[ ] Objectif écrit et partagé
[ ] Équipe et partenaires nommés
[ ] Budget et calendrier connus
# 2. Faire
Les étapes, avec une date et une personne pour chacune.
[ ] Première étape :
[ ] Deuxième étape :
# 3. Vérifier
[ ] Essayé avec les personnes concernées
[ ] Corrigé ce qui devait l'être
# 4. Clore
La page « Liste de clôture » dit tout ce qu'il faut.
[ ] Bilan fait",
        en: "\
Where the project stands, on one page. To be updated at least once a month.
# 1. Prepare
What we want to reach, for whom, and how we will see that it worked.
[ ] Aim written and shared
[ ] Team and partners named
[ ] Budget and dates known
# 2. Do
The steps, each with a date and a person.
[ ] First step:
[ ] Second step:
# 3. Check
[ ] Tried with the people concerned
[ ] What had to be corrected is corrected
# 4. Close
The page \"Closing checklist\" says all that is needed.
[ ] Last review held",
    },
};

const TOGETHER: PageText = PageText {
    title: Text2 {
        fr: "Ce que nous faisons ensemble",
        en: "What we do together",
    },
    body: Text2 {
        fr: "\
Cette page est pour vous qui venez d'une autre organisation, et pour nous.
# Notre but
En deux ou trois phrases :
# Qui fait quoi
- Chez nous, la personne à qui demander :
- Chez vous, la personne à qui demander :
# Les dates
- Début :
- Fin :
# Bon à savoir
- Vous voyez cet espace et aucun autre. Toutes les personnes de cet espace lisent ce que vous y écrivez.
- Pour poser une question, écrivez dans le salon « Nos échanges ».
- Les pages copiées pour vous sont dans « Pages ». Vous pouvez y écrire : rien de ce que vous ajoutez n'est perdu quand nous les mettons à jour.",
        en: "\
This page is for you who come from another organisation, and for us.
# Our aim
In two or three sentences:
# Who does what
- With us, the person to ask:
- With you, the person to ask:
# Dates
- Start:
- End:
# Good to know
- You see this space and no other. Everybody in this space reads what you write here.
- To ask a question, write in \"Between us\".
- The pages copied for you are under \"Pages\". You may write in them: nothing that you add is lost when we bring them up to date.",
    },
};

const SITE_FILE: PageText = PageText {
    title: Text2 {
        fr: "Fiche du chantier",
        en: "About the works",
    },
    body: Text2 {
        fr: "\
Ce qu'il faut savoir avant de venir sur place.
# Le lieu
- Adresse et accès des engins :
- Gardien ou personne qui ouvre :
- Horaires permis, jours interdits :
# Qui appeler
- Conduite d'opération :
- Maîtrise d'œuvre :
- Entreprise de permanence :
- Coordonnateur de sécurité :
# Dangers connus
[ ] Amiante et plomb : diagnostics lus
[ ] Réseaux enterrés : déclarations faites
[ ] Public présent pendant les travaux : passage protégé
# En cas d'accident
> Protéger, alerter (15 ou 112), secourir. Puis prévenir la conduite d'opération.",
        en: "\
What to know before coming on site.
# The place
- Address and way in for machines:
- Caretaker or person who opens:
- Permitted hours, forbidden days:
# Whom to call
- Works management:
- Architect:
- Contractor on duty:
- Safety coordinator:
# Known dangers
[ ] Asbestos and lead: surveys read
[ ] Buried networks: declarations made
[ ] Public present during the works: way protected
# In case of an accident
> Protect, call for help (15 or 112), give first aid. Then tell the works management.",
    },
};

const SCHEDULE: PageText = PageText {
    title: Text2 {
        fr: "Plan de phasage des travaux",
        en: "Phasing of the works",
    },
    body: Text2 {
        fr: "\
Ce qui se fait, où, et ce que cela change pour les personnes qui occupent les lieux.
# Phase 1
- Du … au …, dans quelles salles :
- Bruit, poussière, coupures d'eau ou de courant :
[ ] Occupants prévenus deux semaines avant
[ ] Accès et déviation balisés
# Phase 2
- Du … au …, dans quelles salles :
- Bruit, poussière, coupures d'eau ou de courant :
[ ] Occupants prévenus deux semaines avant
# Réception
[ ] Visite faite avec les utilisateurs
[ ] Réserves listées, avec une date de levée
[ ] Plans et notices remis à la personne qui entretient",
        en: "\
What is done, where, and what it changes for the people who use the place.
# Phase 1
- From … to …, in which rooms:
- Noise, dust, cuts of water or power:
[ ] Users told two weeks before
[ ] Ways in and detours marked
# Phase 2
- From … to …, in which rooms:
- Noise, dust, cuts of water or power:
[ ] Users told two weeks before
# Handing over
[ ] Visit made with the users
[ ] Defects listed, each with a date
[ ] Drawings and manuals given to the person who maintains",
    },
};

/// The templates of this kind.
pub(super) const ALL: &[BuiltIn] = &[
    BuiltIn {
        id: "project",
        kind: SpaceKind::Project,
        name: Text2 {
            fr: "Projet",
            en: "Project",
        },
        description: Text2 {
            fr: "Des phases, des réunions, des décisions, et une clôture propre à la fin.",
            en: "Phases, meetings, decisions, and a clean closing at the end.",
        },
        channels: &[CHANNEL_GENERAL],
        pages: &[PHASES, MEETING, DECISIONS, CLOSING],
    },
    BuiltIn {
        id: "project-works",
        kind: SpaceKind::Project,
        name: Text2 {
            fr: "Chantier",
            en: "Works on site",
        },
        description: Text2 {
            fr: "Pour des travaux : fiche du lieu, phasage, réunions de chantier, réception.",
            en: "For building works: the place, the phases, site meetings, handing over.",
        },
        channels: &[
            CHANNEL_GENERAL,
            Text2 {
                fr: "Réunions de chantier",
                en: "Site meetings",
            },
        ],
        pages: &[SITE_FILE, SCHEDULE, MEETING, DECISIONS, CLOSING],
    },
    BuiltIn {
        id: "project-partner",
        kind: SpaceKind::Project,
        name: Text2 {
            fr: "Avec un partenaire",
            en: "With a partner",
        },
        description: Text2 {
            fr: "Un espace à part, simple : ce que nous faisons ensemble, et un salon pour en parler.",
            en: "A plain space apart: what we do together, and one place to talk about it.",
        },
        channels: &[Text2 {
            fr: "Nos échanges",
            en: "Between us",
        }],
        pages: &[TOGETHER],
    },
];
