# «Mon profil».

profile-title = Mon profil
profile-site = État du site de { $site }
theme = Clair ou sombre
theme-auto = Comme l’appareil
theme-light = Clair
theme-dark = Sombre
devices = Mes appareils
device-name = { $browser ->
    [other] Un programme
   *[named] { $browser }
  }{ $system ->
    [other] {""}
   *[named] {" sur "}{ $system }
  }
device-this = cet appareil
device-seen = vu { $when }
device-close = Fermer l’accès
device-close-this = Fermer l’accès de { $name }
device-closed = L’accès est fermé.
sign-out = Sortir
waiting-here = En attente sur cet appareil ({ $count })
waiting-change = Un changement
password = Mon mot de passe
password-change = Changer mon mot de passe
password-current = Mot de passe actuel
password-current-missing = Écrivez votre mot de passe actuel.
password-new = Nouveau mot de passe
password-help = Au moins { $count } caractères. Une phrase courte se retient bien.
password-short = Écrivez au moins { $count } caractères.
password-save = Enregistrer le mot de passe
password-changed = Votre mot de passe est changé. Vos autres appareils devront l’écrire.
profile-moved = Votre site est maintenant { $site }, par décision de { $by }, { $when }.
profile-let-in = Un nouveau mot de passe vous a été donné par { $by }, { $when }. Si vous n’avez rien demandé, prévenez votre technicien.
profile-done-read = Compris
my-data = Mes données
my-data-what = Emportez dans un fichier ZIP tout ce que vous avez écrit et ce que ce site garde sur vous. Ce que d’autres ont écrit n’y est pas.
my-data-contact = Pour toute question sur vos données : { $contact }
my-data-take = Télécharger mes données
account-delete = Supprimer mon compte
account-goes = Ce qui part
account-goes-what = Votre accès partout, votre nom, votre fonction, vos droits, vos places dans les espaces, et jusqu’où vous avez lu. C’est caché tout de suite, puis détruit au bout de 72 heures sur chaque site ; les sauvegardes faites avant le gardent jusqu’à leur fin.
account-stays = Ce qui reste
account-stays-what = Ce que vous avez écrit pour les autres, signé « Compte supprimé ». Effacez d’abord ce qui ne doit pas rester. Un nom que quelqu’un a écrit dans un texte y reste.
account-delete-final = C’est définitif : personne ne peut rétablir votre compte. Pensez à télécharger vos données avant.
account-deleted = Votre compte est supprimé.
account-delete-now = Supprimer mon compte
account-delete-home = Votre compte est tenu par le site { $site }. Ouvrez cette page là-bas pour le supprimer.
account-delete-partner = Ce site est celui d’un partenaire : son technicien retire les comptes.
account-delete-managers = { $count ->
    [one] Vous êtes seul responsable de cet espace. Nommez-y d’abord quelqu’un d’autre :
   *[other] Vous êtes seul responsable de ces espaces. Nommez-y d’abord quelqu’un d’autre :
  }
account-delete-registrar = Vous êtes le dernier à pouvoir donner des droits dans le réseau. Faites d’abord nommer quelqu’un d’autre.
account-delete-technician = Vous êtes le seul technicien de ce site. Faites d’abord nommer quelqu’un d’autre.
