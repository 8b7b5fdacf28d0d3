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

# Groupes qui ont un rôle dans l’espace.
member-group = par le groupe « { $group } »
member-group-too = aussi par le groupe « { $group } »
space-groups = Groupes
space-groups-none = Aucun groupe n’a de rôle dans cet espace.
space-group-add = Ajouter un groupe
space-group-why = Toutes les personnes du groupe deviennent membres. Celles qui y entreront plus tard aussi ; celles qui le quittent ne le sont plus, sauf si quelqu’un les a ajoutées par leur nom.
space-group-role = Ce que le groupe pourra faire
space-group-present = a déjà un rôle ici
space-group-given = Fait. « { $name } » : { role }. Les membres suivent dans quelques instants.
space-group-taken = « { $name } » n’a plus de rôle dans l’espace. Les membres suivent dans quelques instants.
space-group-since = depuis { $when }, par { $by }
space-group-ended = ce groupe n’existe plus
groups-link = Voir tous les groupes
