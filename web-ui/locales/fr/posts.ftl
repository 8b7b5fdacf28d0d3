# Le mur d’un espace.

post-new = Publier
post-change = Modifier la publication
post-title = Titre
post-text = Texte
post-publish = Publier sur le mur
post-published = Publié sur le mur.
wall-empty = Le mur est vide.
wall-empty-why = Une publication est lue par tous les membres ; chacun peut commenter et dire merci.
wall-empty-reader = Les publications de cet espace apparaîtront ici.
