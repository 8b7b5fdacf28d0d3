# Partenaires d’un espace : la liste, l’invitation pas à pas, la prolongation et la fin.

guests-title = Qui vient de l’extérieur
guests-lead = Chaque partenaire voit cet espace et aucun autre, jusqu’à une date. Une personne d’ici répond de lui.
guests-none = Personne ne vient de l’extérieur.
guests-none-why = Un partenaire que vous invitez voit cet espace et aucun autre, jusqu’à la date que vous choisissez.
guests-invite = Inviter un partenaire
guests-people = { $count ->
    [one] Une personne, avec un compte chez nous
   *[other] { $count } personnes, avec un compte chez nous
  }
guests-sites = { $count ->
    [one] Un site partenaire
   *[other] { $count } sites partenaires
  }

guest-sponsor = { $name } en répond
guest-looked-after = { $count ->
    [one] Ce qu’il écrit est validé par le site { $sites }
   *[other] Ce qu’il écrit est validé par les sites { $sites }
  }
guest-online = en ligne
guest-news = dernières nouvelles { $when }
guest-no-news = pas encore de nouvelles
guest-its-people = { $count ->
    [one] Y écrit : { $names }
   *[other] Y écrivent : { $names }
  }
guest-nobody-wrote = Personne n’y a encore écrit
guest-waiting = { $count ->
    [one] 1 changement à valider
   *[other] { $count } changements à valider
  }

stay-ends = Jusqu’au { DATETIME($end, day: "numeric", month: "long", year: "numeric") }
stay-ended = Terminé depuis le { DATETIME($end, day: "numeric", month: "long", year: "numeric") }
stay-no-end = Sans date de fin
stay-until = Jusqu’à quand
stay-months = { $months } mois
stay-last-day = Dernier jour
stay-impossible = Choisissez un jour à venir, dans les deux ans.
stay-renew = Prolonger
stay-renew-this = Prolonger { $name }
stay-renew-why = L’accès continue jusqu’au soir du jour choisi. Vous pourrez y mettre fin plus tôt.
stay-renew-again = L’accès reprend tout de suite, et dure jusqu’au soir du jour choisi.
stay-renewed = { $name } : jusqu’au { DATETIME($end, day: "numeric", month: "long", year: "numeric") }.
stay-end = Mettre fin
stay-end-this = Mettre fin à l’accès de { $name }
stay-remove = Retirer de la liste
stay-remove-this = Retirer { $name } de la liste
end-over = Cet accès est déjà terminé. Pour voir de nouveau l’espace, { $name } aura besoin d’une nouvelle invitation.
stay-ended-done = { $name } n’a plus accès à l’espace.
end-person-does = { $name } n’ouvrira plus cet espace. Un site coupé l’apprendra dès qu’il sera de nouveau joint. Ce qui a été écrit reste dans l’espace.
end-site-does = Nos sites arrêtent tout de suite d’envoyer cet espace à { $name }. Un site coupé arrête dès qu’il est de nouveau joint. Ce qui a été validé reste dans l’espace.
end-kept-there = Ce que le partenaire a déjà lu, copié ou reçu reste chez lui : nous ne pouvons pas le reprendre.
end-held = Ce qui arrivera encore de lui ne sera pas montré : un responsable aura à le vérifier.

tickets-title = Invitations de sites
ticket-open = Un billet attend le site d’un partenaire. Il est valable jusqu’au { DATETIME($day, weekday: "long", day: "numeric", month: "long") }, { $time }.
words-of = <b>{ $site }</b> a utilisé son billet. Appelez votre partenaire et comparez ces six mots avec ceux de son écran : s’ils sont les mêmes, c’est bien son site qui est entré, et pas celui d’un autre.
words-label = Les six mots à comparer
words-differ = Si un seul mot diffère, mettez fin à ce site tout de suite.

invite-leave = Revenir à la liste
invite-step = Étape { $step } sur { $of }
invite-share = Que voulez-vous partager ?
invite-access = Comment votre partenaire viendra-t-il ?
invite-leaving = Voici tout ce qui va sortir
invite-ready-account = À remettre à votre partenaire
invite-ready-site = Le billet de votre partenaire
invite-back = Étape précédente
invite-next = Continuer

share-what = Ce qui sera partagé
share-apart = Un espace à part, avec une copie de ce que vous choisissez (conseillé)
share-apart-why = Le partenaire ne voit que ces copies et ce qui y sera écrit ensuite. Cet espace-ci reste entre vous.
share-whole = Cet espace entier
share-whole-why = Le partenaire voit tout : pages, publications, messages, depuis le début, et ce qui sera écrit ensuite.
share-no-right = Vous ne pouvez pas ouvrir d’espace. Ce droit est donné à quelques personnes par territoire : demandez à votre responsable qu’une d’elles ouvre l’espace à part et vous en rende responsable.
share-name = Nom de l’espace à part
share-name-help = Par exemple le nom du projet, avec celui du partenaire.
share-name-missing = Donnez un nom à l’espace à part.
share-items = Ce qui y sera copié
share-items-why = Le texte tel qu’il est maintenant. Les commentaires et les anciennes versions ne sont pas copiés.
share-nothing = Cet espace n’a ni page ni publication : l’espace à part commencera sans copie.
share-kind = Quoi
share-of-kind = { $kind ->
    [all] Pages et publications
    [page] Pages
   *[post] Publications
  }
share-since = Changé depuis le
share-until = Changé jusqu’au
share-changed = changé { $when }
share-none-found = Rien de tel n’a changé entre ces dates.
share-all = { $count ->
    [0] Tout choisir
    [one] Choisir celui-ci
   *[other] Choisir ces { $count }
  }
share-none = { $count ->
    [one] Ne pas choisir celui-ci
   *[other] Ne pas choisir ces { $count }
  }
share-count = { $count ->
    [0] Rien de choisi sur { $of }
    [one] 1 choisi sur { $of }
   *[other] { $count } choisis sur { $of }
  }
share-see = Voir ce qui va sortir
share-review = Voici exactement ce qui sera copié
share-review-why = Décochez ce qui doit rester entre vous.
share-change = Changer le choix
share-too-many = On copie { $count } pages et publications au plus en une fois. Choisissez-en moins ; vous pourrez écrire le reste dans l’espace à part.
share-open = Ouvrir l’espace à part

access-how = Comment
access-account = Un compte chez nous
access-account-why = Pour une personne. Elle ouvre notre site dans son navigateur, et n’y voit que cet espace.
access-site = Leur propre site
access-site-why = Pour une organisation. Elle lit et écrit sur sa machine, même sans ligne ; nos sites valident ce qu’elle écrit avant de le montrer.
access-unreachable = Les sites partenaires ne peuvent pas joindre notre site aujourd’hui. Demandez à son technicien d’ouvrir l’entrée des partenaires (réglage guests.listen), ou donnez un compte chez nous.
access-next = Voir ce qui va sortir
guest-name = Prénom et nom
guest-name-missing = Écrivez le prénom et le nom.
guest-organisation = Son organisation
guest-organisation-missing = Écrivez le nom de son organisation.
guest-login = Nom pour entrer
guest-login-help = Court, sans espace, par exemple prenom.nom. Si cette personne a déjà un compte de partenaire ici, mettez le même : elle gardera son mot de passe.
guest-login-missing = Écrivez le nom pour entrer.
guest-role = Ce que cette personne pourra faire
guest-site-role = Ce que ses personnes pourront faire

leaving-who = { $how ->
    [account] { $name } pourra lire tout ce qui suit jusqu’au { DATETIME($end, day: "numeric", month: "long", year: "numeric") }. Rôle : { $role }.
   *[site] Le site du partenaire recevra tout ce qui suit, et les suites jusqu’au { DATETIME($end, day: "numeric", month: "long", year: "numeric") }. Rôle de ses personnes : { $role }.
  }
leaving-items = { $kind ->
    [page] { $count ->
        [0] Aucune page
        [one] 1 page
       *[other] { $count } pages
      }
    [post] { $count ->
        [0] Aucune publication
        [one] 1 publication
       *[other] { $count } publications
      }
   *[other] { $count ->
        [0] Aucun salon
        [one] 1 salon
       *[other] { $count } salons
      }
  }
leaving-messages = { $count ->
    [0] sans message
    [one] 1 message
   *[other] { $count } messages
  }
leaving-comments = { $count ->
    [0] Aucun commentaire
    [one] 1 commentaire
   *[other] { $count } commentaires
  }
leaving-people = { $count ->
    [one] Le nom de 1 membre
   *[other] Les noms de { $count } membres
  }
leaving-later = Ce qui sera écrit ici plus tard partira aussi.
leaving-ends = Vous pouvez mettre fin à ce droit à tout moment : nos sites arrêtent tout de suite d’envoyer, et un site coupé dès qu’il est de nouveau joint.
leaving-stays = Ce que le partenaire a déjà lu ou reçu reste chez lui : nous ne pouvons pas le reprendre.
leaving-invite-account = Créer le compte
leaving-invite-site = Créer le billet

copy = Copier
copy-this = Copier : { $what }
copied = Copié : { $what }.
copy-by-hand = Le texte est sélectionné : copiez-le avec Ctrl + C.
ready-address = Adresse à ouvrir
ready-address-why = C’est l’adresse que vous utilisez vous-même. Vérifiez que votre partenaire peut la joindre de chez lui.
ready-login = Nom pour entrer
ready-password = Mot de passe
ready-known = Cette personne a déjà un compte ici. Elle entre avec le mot de passe qu’elle connaît.
ready-once = Le mot de passe n’est montré que maintenant. Remettez-le en main propre ou par téléphone.
ready-noted = J’ai noté le mot de passe
ready-done = Terminé
ready-print = Imprimer
ready-ticket = Billet
ready-ticket-why = Il sert une fois, jusqu’au { DATETIME($day, weekday: "long", day: "numeric", month: "long") }, { $time }. Remettez-le à une seule personne.
ready-typed = Ce que votre partenaire tape sur sa machine
ready-init = La première fois, pour préparer son site
ready-accept = Pour entrer dans cet espace
ready-run = Pour démarrer son site
ready-example-site = Son organisation
ready-example-name = Prénom Nom
ready-example-login = prenom.nom
ready-waiting = Nous attendons leur site… Les six mots à comparer s’afficheront ici, et dans la liste des partenaires.
ready-qr = Le billet, à lire avec un appareil photo
ready-qr-why = Le même billet, pour qui le lit avec un appareil photo.
ready-only-site = Seul le site { $site } accepte ce billet. Si un autre site répond à son adresse, la machine du partenaire s’arrête sans rien lui dire.

copies-count = { $count ->
    [one] 1 copie dans cet espace
   *[other] { $count } copies dans cet espace
  }
copies-why = Ces pages et publications viennent d’un autre espace. Quand l’original change, vous pouvez mettre la copie à jour.
copies-see = Voir les copies
copies-title = Les copies de cet espace
copies-lead = Rien ne part tout seul : une copie ne suit son original que lorsque vous la mettez à jour. Ce qui a été écrit dans la copie y reste.
copies-none = Il n’y a pas de copie ici.
copies-none-why = Les pages et publications copiées depuis un autre espace seront listées ici.
copies-update = { $count ->
    [0] Mettre à jour les copies
    [one] Mettre à jour 1 copie
   *[other] Mettre à jour { $count } copies
  }
copies-updated = { $count ->
    [one] 1 copie est à jour.
   *[other] { $count } copies sont à jour.
  }
copy-made = copié par { $name }, { $when }
copy-from = Original : « { $title } », dans { $space }
copy-current = À jour
copy-changed = L’original a changé { $when }, par { $name }
copy-unreadable = Vous ne pouvez pas lire l’original ici : la copie reste telle qu’elle est.
copy-erased = L’original a été effacé. La copie reste ; effacez-la aussi si elle ne doit plus être lue.
copy-written-here = On a aussi écrit dans la copie : cela y restera.
