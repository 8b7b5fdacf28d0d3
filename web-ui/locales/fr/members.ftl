# Membres d’un espace.

members-title = { $count ->
    [0] Membres
    [one] { $count } membre
   *[other] { $count } membres
  }
role = { $role ->
    [viewer] Lit
    [commenter] Commente
    [contributor] Contribue
    [manager] Responsable
   *[other] Membre
  }
role-viewer-why = Peut tout lire.
role-commenter-why = Peut lire, commenter et envoyer des messages.
role-contributor-why = Peut lire, commenter et écrire pages et publications.
role-manager-why = Peut tout faire, et gérer les membres et les réglages.
member-add = Ajouter une personne
member-add-this = Ajouter { $name }
member-added = Ajout fait. { $name } : { role }.
member-find = Son nom
member-find-help = Tapez deux lettres au moins. Les accents et les majuscules ne comptent pas.
member-nobody = Personne ne s’appelle « { $name } ».
member-role = Ce que la personne pourra faire
member-present = déjà membre
member-make = { $role ->
    [viewer] Faire lire seulement
    [commenter] Laisser commenter
    [contributor] Laisser contribuer
    [manager] Rendre responsable
   *[other] Changer le rôle
  }
member-role-changed = { $name } : { role }.
member-remove = Retirer de l’espace
member-removed = { $name } n’est plus membre de l’espace.
member-actions = { $name } : { $role }, changer
member-since = membre depuis { $when }
member-since-by = membre depuis { $when }, par { $by }

# Répondre de partenaires sans être responsable de l’espace.
member-sponsor = peut inviter des partenaires, et en répond
member-sponsor-make = Peut inviter des partenaires
member-sponsor-end = N’invite plus de partenaires
member-sponsor-made = { $name } peut maintenant inviter des partenaires dans cet espace, depuis son site d’attache.
member-sponsor-ended = { $name } n’invite plus de partenaires. Ceux qui sont déjà là restent jusqu’à leur date.
