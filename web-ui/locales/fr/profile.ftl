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
