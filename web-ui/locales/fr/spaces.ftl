# Espaces : liste, ouverture, en-tête, réglages.

spaces-title = Mes espaces
spaces-open = Ouvrir un espace
spaces-find = Trouver un espace
spaces-filter-mine = Les miens ({ $count })
spaces-filter-all = Tous ({ $count })
spaces-filter-unread = Non lus ({ $count })
spaces-furrows = Le dessin du champ dit le genre :
spaces-column-space = Espace
spaces-column-territory = Territoire
spaces-column-change = Dernier changement
spaces-column-kept = Où il est gardé
spaces-empty = Aucun espace ici.
spaces-empty-why = Un espace s’ouvre depuis un modèle, ou une personne vous ajoute au sien.
spaces-empty-search = Aucun espace de ce nom.
spaces-empty-search-why = Essayez un mot plus court, ou « Tous ».

space-kind = { $kind ->
    [project] Projet
    [team] Équipe
    [practice] Pratique
    [sandbox] Bac à sable
   *[other] Espace
  }
space-people = { space-kind } · { $people ->
    [one] 1 personne
   *[other] { $people } personnes
  }{ $guests ->
    [0] {""}
    [one] , dont 1 partenaire
   *[other] , dont { $guests } partenaires
  }
last-change = { $verb ->
    [none] Changement { $when }
    [changed] Modifié { $when }
    [thanked] Merci { $when }
    [joined] Arrivée { $when }
   *[other] { $kind ->
        [message] Message { $when }
        [comment] Commentaire { $when }
        [post] Publication { $when }
        [page] Page { $when }
        [channel] Salon { $when }
       *[other] Changement { $when }
      }
  }
space-late-site = { $site } : nouvelles { $when }
space-kept-everywhere = À jour partout
space-kept-some = Enregistré ici et à { $sites }
space-kept-here = Enregistré ici

space-audience = { space-kind }, { $visibility ->
    [open] visible de tous, <b>{ $people } { $people ->
        [one] personne
       *[other] personnes
      }</b>
    [request] sur demande, <b>{ $people } { $people ->
        [one] personne
       *[other] personnes
      }</b>
   *[hidden] visible des membres seulement, <b>{ $people } { $people ->
        [one] personne
       *[other] personnes
      }</b>
  }{ $guests ->
    [0] .
    [one] , dont 1 partenaire.
   *[other] , dont { $guests } partenaires.
  }
space-rights-age = Les droits de cet espace sont ceux connus { $when } : un site n’a pas donné de nouvelles depuis. On continue de travailler.
space-join = Rejoindre cet espace
space-joined = Vous êtes membre de cet espace.

open-space-kind = Quel genre d’espace ?
kind-project-why = Un travail qui a une fin.
kind-team-why = Des gens qui travaillent ensemble tous les jours.
kind-practice-why = Un métier, dans plusieurs territoires.
open-space-template = Modèle
open-space-template-missing = Aucun modèle pour ce genre d’espace : choisissez-en un autre.
space-name = Nom de l’espace
open-space-name-missing = Donnez un nom à l’espace.
open-space-preview = Votre espace
space-description = À quoi il sert
space-description-help = Une phrase suffit. Elle aide les autres à le trouver.
look-colour = Couleur du champ
look-symbol = Symbole
space-visibility = Qui peut le voir ?
visibility-open = Ouvert
visibility-open-why = Tout le monde peut lire et rejoindre.
visibility-request = Sur demande
visibility-request-why = Tout le monde voit le nom, on entre sur demande.
visibility-hidden = Caché
visibility-hidden-why = Seuls ses membres savent qu’il existe.
open-space-do = Ouvrir l’espace
open-space-no-right = Vous ne pouvez pas ouvrir d’espace.
open-space-no-right-why = Ce droit est donné à quelques personnes par territoire. Demandez à votre responsable.

settings-managers = Les réglages sont pour les responsables de l’espace.
settings-managers-why = La liste des responsables est dans « Membres ».
settings-sections = Parties de l’espace
section-wall = Mur : publications et commentaires
section-pages = Pages écrites à plusieurs
section-messages = Messages
settings-save = Enregistrer les réglages
settings-saved = Réglages enregistrés.
settings-unchanged = Rien n’a été changé.

colour-haie = Haie
colour-ajonc = Ajonc
colour-brique = Brique
colour-pommier = Pommier
colour-bruyere = Bruyère
colour-loire = Loire
colour-ardoise = Ardoise
colour-sarrasin = Sarrasin

symbol-house = Maison
symbol-school = École
symbol-cone = Voirie
symbol-wheat = Blé
symbol-snow = Neige
symbol-pot = Cuisine
symbol-sign = Panneau
symbol-shovel = Pelle
symbol-compass = Boussole
symbol-book = Livre
symbol-heart = Cœur
symbol-tree = Arbre
symbol-truck = Camion
symbol-bus = Car
symbol-town = Mairie
symbol-people = Gens
symbol-study = Études
symbol-tools = Outils

space-closed = Espace fermé par { $by }, { $when }. On peut tout lire ; plus personne n’y écrit.
space-closed-word = fermé
space-closed-done = L’espace est fermé. Il reste lisible.
space-reopened = L’espace est rouvert.
space-own-held = { $count ->
    [one] Un de vos textes attend un responsable.
   *[other] { $count } de vos textes attendent un responsable.
  }
space-own-held-see = Les voir
close-title = Fermer l’espace
close-why = À la fin d’un projet : tout reste lisible, plus rien ne s’y écrit.
close-ask = Fermer cet espace…
close-dialog = Fermer « { $space } » ?
close-do = Fermer l’espace
close-fact-read = { $count ->
    [one] La personne membre peut tout relire. Personne ne peut plus écrire.
   *[other] Les { $count } membres peuvent tout relire. Personne ne peut plus écrire.
  }
close-fact-guests = { $count ->
    [0] Aucun partenaire n’est dans cet espace.
    [one] Le partenaire perd l’accès. Ce qu’il a copié reste chez lui.
   *[other] Les { $count } partenaires perdent l’accès. Ce qu’ils ont copié reste chez eux.
  }
close-fact-found = L’espace reste dans les listes et la recherche, marqué « fermé ».
close-fact-late = Si un site coupé du réseau écrit encore sans le savoir, son travail n’est pas perdu : il arrive dans « À vérifier ».
close-fact-reopen = Un responsable peut le rouvrir à tout moment. Les partenaires ne reviennent pas d’eux-mêmes.
reopen-title = Rouvrir l’espace
reopen-why = Les membres pourront de nouveau écrire. Les partenaires ne reviennent pas d’eux-mêmes.
reopen-do = Rouvrir cet espace
ask-title = Entrer dans cet espace
ask-reason = Pourquoi souhaitez-vous entrer ?
ask-reason-help = Une phrase suffit. Les responsables la liront.
ask-do = Demander à entrer
ask-sent = Demande envoyée aux responsables.
ask-waits = Votre demande est partie { $when }. Un responsable y répondra.
ask-declined = Un responsable n’a pas donné suite à votre demande. Vous pouvez en envoyer une autre.
ask-closed = On n’entre plus dans cet espace.
ask-closed-why = Il est fermé.
archive-title = Emporter l’espace
archive-why = Un fichier ZIP avec les pages et les publications (Markdown et HTML), les messages et les commentaires, les membres et le journal des droits. Il est signé par ce site : la commande « bocage verify » prouve que rien n’y manque et que rien n’a changé.
archive-without = Ce qui attend un responsable, ou qui est effacé, n’y est pas.
archive-do = Télécharger l’archive
