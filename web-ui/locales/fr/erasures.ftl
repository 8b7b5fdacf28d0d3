# Effacer un contenu pour de bon, et savoir où il est détruit.

tab-erasures = Effacements
erase = Effacer
erase-this = Effacer « { $title } »
erase-title = Effacer pour de bon
erase-why = Ce qui est coché disparaît tout de suite partout. Chaque site le détruit au bout de { $hours } heures, ou de { $confirmed } si un second responsable confirme. Jusque-là, un responsable peut annuler.
erase-what = Ce qui sera effacé
erase-kind = { $kind ->
    [page] Page
    [post] Publication
    [comment] Commentaire
    [thanks] Merci
    [message] Message
    [channel] Discussion
   *[other] Contenu
  }
erase-not-yours = écrit aussi par d’autres
erase-reason = Pourquoi
erase-reason-help = Cette phrase reste. N’y répétez rien de ce qui doit disparaître.
erase-now = { $count ->
    [0] Effacer
    [one] Effacer { $count } contenu
   *[other] Effacer { $count } contenus
  }
erase-done = C’est effacé : plus personne ne le voit.
erasures-empty = Rien n’a été effacé
erasures-empty-why = Un responsable efface une page, une publication, un message ou un commentaire depuis l’endroit où il se lit.
erasure-items = { $count ->
    [one] { $count } contenu effacé
   *[other] { $count } contenus effacés
  }
erasure-confirmed = confirmé par un second responsable
erasure-confirmed-now = C’est confirmé : la destruction vient plus tôt.
erasure-undone-now = L’effacement est annulé : le contenu est de nouveau visible.
erasure-hidden = Caché. Destruction sur ce site : { $when }
erasure-removing = Ce site est en train de le détruire.
erasure-removed = Détruit ici ; ce site finit de nettoyer ses fichiers.
erasure-destroyed = Détruit sur ce site.
erasure-undone = Annulé : le contenu est de nouveau visible.
erasure-undo = Annuler l’effacement
erasure-confirm = Confirmer l’effacement
erasure-sites = Ce que dit chaque site
erasure-hidden-at = Caché
erasure-destroyed-at = Détruit
erasure-backups = Sauvegardes
erasure-backups-unknown = celles d’avant le gardent, scellé, jusqu’à ce qu’on les détruise ; ce site ne dit pas quand
erasure-backups-until = celles d’avant sont détruites au plus tard { $when }
not-yet = pas encore
site-erasures-title = Comptes supprimés
site-erasures-lead = Quand quelqu’un supprime son compte, chaque site détruit son nom et dit ici quand.
site-erasures-empty = Personne n’a supprimé son compte.
site-erasures-technicians = Cette page est pour les techniciens
