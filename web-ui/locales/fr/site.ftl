# La page du site, pour son technicien.

site-title = Site de { $site }
site-lead-well = { $count ->
    [0] <b>Tout va bien ici.</b> Tous les sites donnent de leurs nouvelles.
    [one] <b>Tout va bien ici.</b> Un site est en retard : { $site }. Il continue de son côté, rien n’est perdu.
   *[other] <b>Tout va bien ici.</b> { $count } sites sont en retard. Ils continuent de leur côté, rien n’est perdu.
  }
site-lead-problem = <b>Ce site demande votre attention.</b> Voyez ci-dessous ce qui est refusé ou ce qui manque.
site-neighbours = Les sites voisins
site-others = Les autres sites
site-column-site = Site
site-column-news = Dernières nouvelles
site-column-to-send = À lui envoyer
site-column-common = En commun
site-to-send = { $count ->
    [0] rien
    [one] { $count } texte
   *[other] { $count } textes
  }
site-common = { $count ->
    [one] { $count } espace
   *[other] { $count } espaces
  }
site-news-late = { $when }, ligne coupée
site-clock = son horloge est décalée de { $minutes } min
plan-here = vous êtes ici
plan-current = à jour, { $when }
plan-late = en retard, { $when }
plan-never = pas encore de nouvelles
site-waiting = Ce qui attend ({ $count })
site-waiting-none = Rien n’attend : tout ce qui est reçu se voit.
site-waiting-for = { $count } dans « { $space } »
site-waiting-why = Reçu et gardé, pas encore montré : un responsable de l’espace en décide, ou la suite arrive avec d’autres nouvelles.
site-machine = Cette machine
site-disk = Disque : { $free } libres sur { $total }.
site-data = Bocage occupe { $data } du disque et { $memory } de mémoire.
site-holds = { $spaces } espaces, { $items } éléments gardés ici.
site-encrypted = { $state ->
    [true] Le disque est chiffré.
    [false] Le disque n’est pas chiffré : faites-le chiffrer.
   *[other] On ne sait pas si le disque est chiffré.
  }
site-version = Bocage { $version }, en marche depuis { $when }.
site-address = Adresse : { $address }
site-refused = Ce qui a été refusé
site-refused-line = { $count } fois : { $reason ->
    [presence-refused] présence de quelqu’un dans une page qui n’est pas ici
    [ticket-refused] invitation non valable
    [join-refused] entrée d’un site refusée
    [unknown-peer] appel d’un site inconnu
    [handshake-failed] appel d’un site qui ne s’est pas présenté jusqu’au bout
    [too-many-strangers] trop d’appels de sites inconnus à la fois
    [too-many-connections] trop de lignes ouvertes par un même site
    [browser-too-slow] un navigateur ne suivait plus, il a repris de zéro
    [queue-full] trop de choses à la fois, à redemander
    [log-forked] un site a deux histoires : prévenez le siège
   *[other] { $reason }
  }
size = { $value } { $unit ->
    [GB] Go
    [TB] To
   *[MB] Mo
  }
site-contact = Pour de l’aide : { $contact }
site-restored = Les données de ce site viennent d’une sauvegarde. Il écrit à la suite dans de nouveaux journaux, et reprend chez les autres sites ce qu’il avait oublié.
site-unfollowed = Un site a quitté le réseau, ou un membre a changé de site, et personne ici ne peut en tenir compte dans «{ $space }». Un responsable de cet espace le fera depuis son propre site ; pour un site perdu, une personne qui tient les droits du réseau peut l’ordonner.
site-twice = { $site } tourne en double : { $places }. Arrêtez l’un des deux. Chacun garde ce qu’il a écrit et le transmet dès qu’il tourne seul ; d’ici là, les autres sites restent avec celui qui a démarré le premier.
site-twice-place = à { $address } depuis { $when }
site-fork-held = Le site { $site } a écrit deux suites différentes dans «{ $space }», comme une machine copiée ou mal restaurée. Ce qu’il a écrit depuis est mis de côté jusqu’à ce qu’il reprenne les deux. Vérifiez qu’une seule copie de ce site est en marche.
site-fork-adopted = Le site { $site } avait écrit deux suites différentes dans «{ $space }». Il a repris les deux : rien n’est perdu.
site-without-manager = « { $space } » n’a plus de responsable : personne ne peut y faire entrer ni en faire sortir quelqu’un.
site-frozen = Une modification de « { $title } » dans « { $space } » paraît nuisible : elle est laissée de côté ici. Si c’est une attaque, un responsable de l’espace l’écarte pour tous.
site-damaged = { $count ->
    [one] Le disque de ce site a abîmé une entrée de { $site } dans « { $space } ». Elle est redemandée à { $asked } ; le reste continue.
   *[other] Le disque de ce site a abîmé { $count } entrées de { $site } dans « { $space } ». Elles sont redemandées à { $asked } ; le reste continue.
  }
site-damaged-alone = { $count ->
    [one] Le disque de ce site a abîmé une entrée de { $site } dans « { $space } », et aucun autre site n’a cet espace. Reprenez une sauvegarde si elle manque ; le reste continue.
   *[other] Le disque de ce site a abîmé { $count } entrées de { $site } dans « { $space } », et aucun autre site n’a cet espace. Reprenez une sauvegarde si elles manquent ; le reste continue.
  }
site-trail-link = Journal des droits
site-erasures-link = Comptes supprimés
site-realm = Le réseau
site-territories = Territoires : { $names }.
site-territories-none = Pas encore de territoire.
site-registrar = { $name } ({ $site }) tient les droits { $territory ->
    [all] de tout le réseau
   *[other] pour { $territory }
  }.
site-registrar-renew = { $name } a été nommé(e) avec des clés de secours remplacées depuis : les espaces ouverts après ne connaissent pas ses ordres. Les clés de secours peuvent renouveler la nomination.
site-registrars-none = Personne ne tient les droits du réseau : une clé de secours peut nommer quelqu’un.
site-removed = Le site { $site } { $own ->
    [true] a quitté le réseau de lui-même
   *[false] a été retiré du réseau
  }.
site-recovery = Clés de secours : { $threshold } sur { $keys } signent ensemble.
site-recovery-one = Le réseau n’a qu’une clé de secours. Confiez-en trois à trois personnes, dont deux signent ensemble : «bocage recovery share».
site-drill-never = Exercice de récupération : jamais fait sur ce site.
site-drill = Exercice de récupération fait { $when }.
site-lost-rekey = Les clés de secours ont été changées deux fois en même temps. Ce que { $kept } a signé tient ; ce que { $lost } a signé ne tient pas, et ses mots ne servent à rien.
