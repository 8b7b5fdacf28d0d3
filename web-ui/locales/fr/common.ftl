# Mots communs à tous les écrans : boutons, états, erreurs. <b> marque un mot fort.

document-title = { $title } · Bocage
title-in-space = { $tab }, { $space }
loading = Un instant…
list-separator = {" ; "}
try-again = Réessayer
show-more = Voir la suite
cancel = Annuler
save = Enregistrer
add = Ajouter
change = Modifier
change-this = Modifier « { $title } »
withdraw = Retirer
actions = Actions
actions-on = Actions sur le texte de { $person } : { $text }
send = Envoyer
send-again = Renvoyer
forget = Abandonner
you = Vous
deleted-account = Compte supprimé
partner = partenaire
partner-of = partenaire, { $organisation }
partner-named = { $name } (partenaire, { $organisation })
edited = modifié
arrived = arrivé { $when }
other-version = Écrit en même temps par { $person }, { $when } :
by-when = { $person }, { $when }
changed-by-when = Modifiée par { $person }, { $when }
dialog-close = Fermer
toast-undo = Annuler
field-see-password = Voir
language = Langue
language-fr = Français
language-en = English

unread-count = { $count ->
    [one] { $count } non lu
   *[other] { $count } non lus
  }
filter-unread = Non lus ({ $count })
mark-all-read = Tout marquer lu
all-read-done = Tout est marqué lu.

saving-sending = Envoi en cours, gardez cette page ouverte
saving-device = Gardé sur cet appareil, sera envoyé
saving-device-count = { $count ->
    [one] Gardé sur cet appareil, sera envoyé
   *[other] En attente ({ $count }), gardé sur cet appareil
  }
saving-site = Envoyé au site, pas encore partout
saving-saved = Enregistré
saving-on-sites = sur { $count } sites, { $names }
saving-everywhere = partout
saving-received = Reçu, à valider
saving-problem = Problème : { $text }

thanks-give = Dire merci
thanks-take-back = Reprendre mon merci
thanks-button = { $count ->
    [0] Merci
   *[other] Merci ({ $count })
  }
thanks-count = { $count ->
    [one] { $count } merci
   *[other] { $count } mercis
  }

comments-button = { $count ->
    [0] Commenter
    [one] { $count } commentaire
   *[other] { $count } commentaires
  }
comments-count = { $count ->
    [one] { $count } commentaire
   *[other] { $count } commentaires
  }
comment-form = Commenter « { $title } »
comment-label = Votre commentaire
comment-send = Commenter
comment-withdrawn = Commentaire retiré par son auteur.
comment-withdrawn-done = Commentaire retiré.
change-text = Votre texte

audience-names = Voir les noms
item-kind = { $kind ->
    [page] Page
    [post] Publication
    [channel] Salon
    [message] Message
    [comment] Commentaire
   *[other] Élément
  }
activity = { $verb ->
    [created] { $person } a créé « { $title } »
    [changed] { $person } a modifié « { $title } »
    [thanked] { $reason ->
        [yes] { $person } a remercié : « { $title } »
       *[no] { $person } a remercié
      }
    [joined] { $person } a rejoint l’espace
   *[wrote] { $kind ->
        [comment] { $person } a commenté : « { $title } »
        [message] { $person } a écrit : « { $title } »
        [post] { $person } a publié « { $title } »
       *[other] { $person } a écrit « { $title } »
      }
  }

not-found-title = Introuvable
not-found-what = Rien à cette adresse.
not-found-why = L’élément a été retiré, ou vous n’y avez pas accès. Demandez à la personne qui vous a donné le lien.
erased-title = Contenu effacé
not-found-back = Aller à Aujourd’hui
broken-title = Cet écran ne s’ouvre pas
broken-what = Cet écran ne s’ouvre pas.
broken-why = Vos textes sont gardés. Réessayez ; si cela recommence, prévenez la personne qui s’occupe de votre site.
unreachable-what = Le site ne répond pas.
unreachable-why = Ce que vous avez écrit est gardé sur cet appareil et partira tout seul. Vérifiez le réseau.
offline-band = { $count ->
    [0] <b>Le site ne répond pas.</b> Ce que vous écrivez sera envoyé dès que possible.
   *[other] <b>Le site ne répond pas.</b> En attente ({ $count }), envoyé dès que possible.
  }

put-aside = Mettre de côté
put-aside-this = Mettre de côté « { $title } »
put-aside-title = Mettre de côté
put-aside-why = « { $title } », de { $person }, ne sera plus visible que des responsables et de son auteur. Rien n’est effacé : un responsable peut le reprendre.
put-aside-reason = Raison
put-aside-reason-help = Pour les autres responsables et pour l’auteur.
put-aside-done = Mis de côté.
