# Le cadre : navigation, état du site, lien d’évitement.

skip-link = Aller au contenu
nav-label = Navigation principale
nav-today = Aujourd’hui
nav-spaces = Espaces
nav-messages = Messages
nav-search = Chercher
nav-profile = Mon profil
nav-profile-of = Mon profil, { $name }
tabs-label = Dans cet espace
tabs-others = Autres
path-label = Où je suis
tab-wall = Mur
tab-pages = Pages
tab-messages = Messages
tab-check = À vérifier
tab-members = Membres
tab-partners = Partenaires
tab-settings = Réglages

site-current = à jour
site-current-here = à jour ici
site-no-line = ne répond pas
state-current = À jour
state-current-here = À jour ici
state-last-news = dernières nouvelles de { $site } { $when }
state-late = { $site } : dernières nouvelles { $when }
state-never-heard = { $site } : pas encore de nouvelles
state-no-line = { $site } ne répond pas, vos textes attendent ici
spoken-line-cut = Le site ne répond plus. Vos textes sont gardés sur cet appareil.
spoken-line-back = Le site répond de nouveau.
