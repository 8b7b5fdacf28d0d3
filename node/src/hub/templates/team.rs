//! Templates of teams: people of one service.

use bocage_crdt::features::commands::SpaceKind;

use super::{BuiltIn, PageText, Text2};

const CHANNEL_GENERAL: Text2 = Text2 {
    fr: "Général",
    en: "General",
};

const WELCOME: PageText = PageText {
    title: Text2 { fr: "Bienvenue", en: "Welcome" },
    body: Text2 {
        fr: "\
Bienvenue dans l'équipe. Cette page est pour la personne qui arrive : complétez-la quand une question revient.
# Le premier jour
[ ] Faire le tour des lieux et des personnes
[ ] Recevoir badge, clés, vêtements de travail
[ ] Se connecter une première fois, avec quelqu'un à côté
[ ] Lire « Qui est qui »
# La première semaine
[ ] Accompagner une collègue ou un collègue sur une journée entière
[ ] Connaître les consignes de sécurité
[ ] Écrire un mot dans le canal « Général »
# Ce que nous faisons
Nos missions, en quelques lignes :
# Bon à savoir
- Horaires et pauses :
- Où se garer :
- À qui demander un congé :",
        en: "\
Welcome to the team. This page is for the person who arrives: add to it whenever a question comes back.
# The first day
[ ] See the place and meet the people
[ ] Receive badge, keys, work clothes
[ ] Sign in for the first time, with somebody beside you
[ ] Read \"Who is who\"
# The first week
[ ] Follow a colleague for a whole day
[ ] Know the safety rules
[ ] Write a word in the channel \"General\"
# What we do
Our tasks, in a few lines:
# Good to know
- Hours and breaks:
- Where to park:
- Whom to ask for leave:",
    },
};

const WHO: PageText = PageText {
    title: Text2 {
        fr: "Qui est qui",
        en: "Who is who",
    },
    body: Text2 {
        fr: "\
Une ligne par personne : ce qu'elle fait, quand la joindre, ce qu'elle sait et partage volontiers.
# L'équipe
- **Prénom Nom**, métier : jours de présence, téléphone, aide volontiers pour …
- **Prénom Nom**, métier :
# Nos voisins
- Le service avec qui nous travaillons le plus :
- La personne à qui s'adresser :
# Qui remplace qui
- En cas d'absence de …, voir …",
        en: "\
One line per person: what she does, when to reach her, what she knows and gladly shares.
# The team
- **First name and name**, trade: days of presence, telephone, gladly helps with …
- **First name and name**, trade:
# Our neighbours
- The service we work with most:
- The person to ask:
# Who stands in for whom
- When … is absent, see …",
    },
};

const ON_CALL: PageText = PageText {
    title: Text2 {
        fr: "Astreinte",
        en: "On call",
    },
    body: Text2 {
        fr: "\
Qui est d'astreinte, et quoi faire quand le téléphone sonne.
# Cette semaine
- Du lundi 8 h au lundi 8 h :
- En renfort :
# Le tour
1. Semaine 1 :
1. Semaine 2 :
1. Semaine 3 :
1. Semaine 4 :
# Quand on m'appelle
[ ] Noter l'heure, le lieu exact, la personne qui appelle
[ ] Dire sur le canal « Général » que je pars
[ ] Se protéger avant d'intervenir
[ ] Écrire ce qui a été fait, même deux lignes
# Numéros utiles
- Secours : 15, 17, 18 ou 112
- Gendarmerie :
- Électricité, gaz, eau :",
        en: "\
Who is on call, and what to do when the telephone rings.
# This week
- From Monday 8 am to Monday 8 am:
- In support:
# The round
1. Week 1:
1. Week 2:
1. Week 3:
1. Week 4:
# When I am called
[ ] Write down the time, the exact place, the caller
[ ] Say in the channel \"General\" that I am leaving
[ ] Protect myself before acting
[ ] Write what was done, two lines are enough
# Useful numbers
- Emergency: 15, 17, 18 or 112
- Police:
- Power, gas, water:",
    },
};

const INSTRUCTIONS: PageText = PageText {
    title: Text2 {
        fr: "Consignes du jour",
        en: "Today's instructions",
    },
    body: Text2 {
        fr: "\
Ce que l'équipe doit savoir en arrivant. La personne qui ouvre la journée met cette page à jour.
# Aujourd'hui
- Présents et absents :
- Ce qui est prévu :
- Ce qui change :
# Sécurité
[ ] Équipements vérifiés
[ ] Véhicules : pleins, feux, trousse de secours
# À transmettre à l'équipe suivante
- Quoi, et où :",
        en: "\
What the team needs to know on arriving. Whoever opens the day updates this page.
# Today
- Present and absent:
- What is planned:
- What changes:
# Safety
[ ] Equipment checked
[ ] Vehicles: fuel, lights, first-aid kit
# To hand over to the next crew
- What, and where:",
    },
};

/// The templates of this kind.
pub(super) const ALL: &[BuiltIn] = &[
    BuiltIn {
        id: "team",
        kind: SpaceKind::Team,
        name: Text2 {
            fr: "Équipe",
            en: "Team",
        },
        description: Text2 {
            fr: "Accueillir, savoir qui est qui, se répartir l'astreinte.",
            en: "Welcome people, know who is who, share being on call.",
        },
        channels: &[CHANNEL_GENERAL],
        pages: &[WELCOME, WHO, ON_CALL],
    },
    BuiltIn {
        id: "team-field",
        kind: SpaceKind::Team,
        name: Text2 {
            fr: "Équipe de terrain",
            en: "Field crew",
        },
        description: Text2 {
            fr: "Pour celles et ceux qui sont dehors : consignes du jour, chantiers, astreinte.",
            en: "For those who work outside: today's instructions, jobs, being on call.",
        },
        channels: &[
            CHANNEL_GENERAL,
            Text2 {
                fr: "Chantiers du jour",
                en: "Today's jobs",
            },
        ],
        pages: &[INSTRUCTIONS, ON_CALL, WHO, WELCOME],
    },
];
