# Messages : salons, fil, écriture.

messages-title = Messages
messages-list = Mes salons
messages-all = Tous
messages-back = Retour à la liste des salons
messages-choose = Choisissez un salon pour lire ses messages.
messages-empty = Aucun salon.
messages-empty-why = Les salons de vos espaces apparaissent ici.
messages-none-unread = Tout est lu.
messages-none-unread-why = Les nouveaux messages apparaîtront ici.
messages-older = Messages plus anciens
channel-last = { $person } : { $text }
channel-new = Nouveau salon
channel-name = Nom du salon
channel-name-help = Par exemple « Chantiers du jour ».
channel-make = Créer le salon
channel-made = Salon créé.
channels-empty = Aucun salon dans cet espace.
channels-empty-why = Un salon sert à se parler au fil de la journée.
thread-of = Messages de « { $title } »
thread-audience = Tout l’espace <b>{ $space }, { $people } { $people ->
    [one] personne
   *[other] personnes
  }</b>{ $guests ->
    [0] {""}
    [one] , dont 1 partenaire
   *[other] , dont { $guests } partenaires
  }
thread-empty = Pas encore de message.
thread-empty-why = Le premier message est lu par tous les membres de l’espace.
new-messages = { $count ->
    [one] { $count } nouveau message
   *[other] { $count } nouveaux messages
  }
composer-label = Écrire dans « { $channel } », { $space }
composer-placeholder = Écrire à { $space }
composer-reader = Dans cet espace vous lisez sans écrire.
message-too-long = Ce message est trop long. Faites-en une page, ou envoyez-le en deux fois.
message-withdrawn = Message retiré par son auteur.
message-withdrawn-done = Message retiré.
composer-closed = Cet espace est fermé : on peut tout lire, plus rien ne s’y écrit.
