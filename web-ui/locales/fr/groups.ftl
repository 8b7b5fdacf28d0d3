# Groupes de personnes.

groups-title = Groupes
groups-lead = Des personnes qu’un responsable d’espace peut ajouter toutes à la fois.
groups-none = Aucun groupe
groups-none-why = Les responsables du réseau en ouvrent, par exemple pour les cuisines d’un secteur.
groups-ours = Les groupes sont ceux de l’organisation
groups-ours-why = Vous êtes ici comme partenaire.
group-open = Ouvrir un groupe
group-name = Nom du groupe
group-named = Fait. « { $name } ».
group-place = Qui s’en occupe
group-place-why = Les responsables du réseau de ce territoire pourront changer le groupe, en plus de ceux de toute l’organisation.
group-place-all = Toute l’organisation
group-change = Changer
group-change-this = Changer le groupe « { $name } »
group-rename = Changer le nom
group-end = Supprimer le groupe
group-end-this = Supprimer le groupe « { $name } » ?
group-end-why = Dans les espaces, chaque personne perd ce que seul ce groupe lui donnait. Celles qui ont été ajoutées par leur nom restent. On ne peut pas revenir en arrière.
group-ended = Le groupe « { $name } » est supprimé.
group-people = { $count ->
    [0] personne
    [one] { $count } personne
   *[other] { $count } personnes
  }
group-add = Ajouter une personne
group-add-to = Ajouter une personne à « { $name } »
group-added = { $name } est dans le groupe « { $group } ».
group-present = déjà dans le groupe
group-remove = Retirer
group-remove-this = Retirer { $name } du groupe « { $group } »
group-removed = { $name } n’est plus dans le groupe « { $group } ».
