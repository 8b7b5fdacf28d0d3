# À vérifier : travail en attente d’un responsable, demandes, journal.

check-managers = « À vérifier » est pour les responsables de l’espace.
check-title-held = À vérifier
check-title-aside = Laissé de côté
check-title-trail = Journal
check-show-held = À vérifier
check-show-aside = Laissé de côté
check-show-trail = Journal
check-none = Rien à vérifier.
check-none-why = Un travail arrive ici quand son auteur n’avait plus le droit d’écrire, ou quand l’espace était fermé.
check-none-aside = Rien n’est laissé de côté.
check-none-aside-why = Ce qui est laissé de côté reste gardé, et se reprend à tout moment.
check-all = Tout choisir
check-this = Choisir : { $person }, { $title }
check-readmit = Reprendre
check-readmit-count = Reprendre ({ $count })
check-leave = Laisser de côté
check-leave-count = Laisser de côté ({ $count })
check-bring = Remettre à vérifier
check-bring-count = Remettre à vérifier ({ $count })
check-readmitted = { $count ->
    [one] C’est repris : tout l’espace le voit.
   *[other] { $count } textes repris : tout l’espace les voit.
  }
check-left = { $count ->
    [one] Laissé de côté, pour tous les responsables.
   *[other] { $count } laissés de côté, pour tous les responsables.
  }
check-back = { $count ->
    [one] De nouveau à vérifier.
   *[other] { $count } de nouveau à vérifier.
  }

held-what = { item-kind } « { $title } »
held-what-untitled = { item-kind }
held-by = { $person }, { $when }, à { $site }
held-words = { $count ->
    [one] { $count } mot
   *[other] { $count } mots
  }
held-unreadable = Ce texte ne peut pas être montré : il repose sur un autre travail en attente, ou n’est pas encore arrivé en entier.
held-why = { $why ->
    [noRight] En attente : cette personne n’avait pas le droit d’écrire ici à ce moment.
    [removed] En attente : { $by } avait retiré cette personne, ou réduit ses droits, { $when }. Le site de { $site } ne le savait pas encore.
    [notHost] En attente : le site de { $site } n’était pas un site de cet espace.
    [hostRemoved] En attente : { $by } avait retiré l’espace au site de { $site } { $when }.
    [closed] En attente : { $by } avait fermé l’espace { $when }. Le site de { $site } ne le savait pas encore.
    [quarantined] Mis de côté par { $by } { $when }.
    [forked] En attente : le site de { $site } a écrit deux suites différentes, et ne les a pas encore réunies.
    [notDescended] En attente : le site de { $site } est reparti d’une sauvegarde sans savoir ce qui avait été décidé.
    [notAdmitted] En attente : écrit par le site partenaire { $site }, et admis par aucun de nos sites. C’est arrivé après la fin de l’accès, ou n’a pas pu être vérifié.
   *[other] En attente, pour une raison qu’une version plus récente connaît.
  }
held-note = Raison donnée : { $note }
held-aside-by = Laissé de côté par { $by }.
held-decision-again = Cette décision n’a pas d’effet. Si elle est juste, prenez-la de nouveau.

own-held-title = À valider par un responsable
own-held-lead = Ces textes sont de vous. Ils sont gardés, et paraîtront si un responsable de l’espace les reprend.
own-held-none = Rien de vous n’attend.
own-held-none-why = Tout ce que vous avez écrit est à sa place.

requests-title = Demandes pour entrer
request-what = { $name } demande à entrer
request-accept = Laisser entrer
request-accept-this = Laisser entrer { $name }
request-decline = Refuser
request-decline-this = Refuser la demande de { $name }
request-accepted = { $name } est membre de l’espace.
request-declined = La demande de { $name } est refusée.

trail-clock = Les heures sont celles de l’horloge du site où la décision a été écrite.
trail-person = Personne
trail-everybody = Tout le monde
trail-export-csv = Tableau (CSV)
trail-export-json = Données (JSON)
trail-none = Aucune décision ici.
trail-none-why = Choisissez une autre personne, ou tout le monde.
trail-by = { $by }, { $when }, à { $site }
trail-root = Clés de secours de l’organisation
trail-group = { $known ->
    [no] en suivant un groupe
   *[other] en suivant le groupe « { $group } »
  }
trail-sponsor = répond de cette personne : { $name }
trail-until = jusqu’au { $when }
realm-right = { $right ->
    [creator] ouvrir des espaces
    [technician] s’occuper des sites
    [registrar] gérer les personnes
    [admitting] admettre des sites
   *[other] un droit d’une version plus récente
  }
trail-action = { $action ->
    [create] Espace ouvert
    [grant] { $role ->
        [none] { $person } reçoit un droit : { $rights }
       *[other] { $person } reçoit le rôle « { role } »
      }
    [setRole] { $role ->
        [none] Les droits de { $person } changent : { $rights }
       *[other] { $person } passe au rôle « { role } »
      }
    [revoke] { $person } est retiré(e)
    [hostAdd] Le site { $site } garde une copie
    [hostRemove] Le site { $site } ne garde plus de copie
    [readmit] { $count ->
        [one] Un travail en attente est repris
       *[other] Travail en attente repris ({ $count } écritures)
      }
    [quarantine] Un contenu est mis de côté
    [close] Espace fermé
    [reopen] Espace rouvert
    [erase] { $count ->
        [one] Un élément est effacé
       *[other] { $count } éléments sont effacés
      }
    [adopt] Un site réunit les deux suites qu’il avait écrites
    [guestAdd] Le site partenaire { $site } est invité
    [introduce] Le site partenaire { $site } présente une personne : { $reason }
    [rekey] Les clés de secours changent
    [decide] « À vérifier » est trié, l’espace étant fermé
   *[other] Décision d’une version plus récente
  }
trail-state = { $state ->
    [waiting] Pas encore d’effet : une décision dont elle dépend n’est pas arrivée.
    [held] { $why ->
        [forked] Sans effet pour le moment : ce site a écrit deux suites différentes.
       *[other] Sans effet pour le moment : ce site est reparti d’une sauvegarde sans savoir ce qui avait été décidé.
      }
   *[void] { $why ->
        [noRight] Sans effet : son auteur n’avait pas ce droit.
        [removed] Sans effet : son auteur avait été retiré.
        [hostRemoved] Sans effet : ce site avait été retiré.
        [notSenior] Sans effet : la personne visée a plus d’ancienneté.
        [notSigned] Sans effet : trop peu de clés de secours l’ont signée.
        [wrongOrder] Sans effet : elle ne prouve pas l’ordre dont elle parle.
        [unknownOperation] Sans effet ici : elle vient d’une version plus récente.
       *[other] Sans effet : elle n’est pas bien formée.
      }
  }
site-trail-title = Journal des droits
site-trail-lead = Qui a donné quel droit sur l’organisation, et quels sites ont été admis.
site-trail-technicians = Ce journal est pour les techniciens.
site-trail-technicians-why = Le journal d’un espace est pour ses responsables, dans « À vérifier ».
