# The page of the site, for its technician.

site-title = Site of { $site }
site-lead-well = { $count ->
    [0] <b>All is well here.</b> All sites send their news.
    [one] <b>All is well here.</b> One site is late: { $site }. It goes on by itself, nothing is lost.
   *[other] <b>All is well here.</b> { $count } sites are late. They go on by themselves, nothing is lost.
  }
site-lead-problem = <b>This site needs your attention.</b> See below what is refused or missing.
site-neighbours = The neighbouring sites
site-others = The other sites
site-column-site = Site
site-column-news = Last news
site-column-to-send = To send to it
site-column-common = In common
site-to-send = { $count ->
    [0] nothing
    [one] { $count } text
   *[other] { $count } texts
  }
site-common = { $count ->
    [one] { $count } space
   *[other] { $count } spaces
  }
site-news-late = { $when }, line cut
site-clock = its clock is off by { $minutes } min
plan-here = you are here
plan-current = up to date, { $when }
plan-late = late, { $when }
plan-never = no news yet
site-waiting = What waits ({ $count })
site-waiting-none = Nothing waits: all that was received is shown.
site-waiting-for = { $count } in “{ $space }”
site-waiting-why = Received and kept, not shown yet: a manager of the space decides, or the rest comes with other news.
site-machine = This machine
site-disk = Disk: { $free } free of { $total }.
site-data = Bocage takes { $data } of disk and { $memory } of memory.
site-holds = { $spaces } spaces, { $items } items kept here.
site-encrypted = { $state ->
    [true] The disk is encrypted.
    [false] The disk is not encrypted: have it encrypted.
   *[other] It is not known whether the disk is encrypted.
  }
site-version = Bocage { $version }, running since { $when }.
site-address = Address: { $address }
site-refused = What was refused
site-refused-line = { $count } times: { $reason ->
    [presence-refused] somebody present in a page that is not here
    [ticket-refused] invitation not valid
    [join-refused] a site was not let in
    [unknown-peer] call from an unknown site
    [handshake-failed] call from a site that did not finish saying who it is
    [too-many-strangers] too many calls from unknown sites at once
    [too-many-connections] too many lines opened by one site
    [browser-too-slow] a browser could not keep up and began anew
    [queue-full] too much at once, to be asked again
    [log-forked] a site has two histories: tell headquarters
   *[other] { $reason }
  }
size = { $value } { $unit ->
    [GB] GB
    [TB] TB
   *[MB] MB
  }
site-contact = For help: { $contact }
site-restored = The data of this site comes from a backup. It goes on writing in new logs, and takes what it had forgotten from the other sites.
site-unfollowed = A site has left the network, or a member has moved, and nobody of this site may say so in “{ $space }”. One of its managers does it from her own site; a site that is lost, a registrar orders out.
site-twice = { $site } runs twice: { $places }. Stop one of them. Each keeps what it wrote and hands it over once it runs alone; until then the other sites keep to the one that started first.
site-twice-place = at { $address } since { $when }
site-fork-held = The site { $site } wrote two different histories in “{ $space }”, like a copied or wrongly restored machine. What it wrote since is set aside until it takes up both. Check that only one copy of this site runs.
site-fork-adopted = The site { $site } had written two different histories in “{ $space }”. It has taken up both: nothing is lost.
site-without-manager = “{ $space }” has no manager any more: nobody can let anybody in or out.
site-frozen = A change of “{ $title }” in “{ $space }” looks harmful: it is left out here. If it is an attack, a manager of the space sets it aside for everybody.
site-damaged = { $count ->
    [one] This site’s disk damaged one entry of { $site } in “{ $space }”. { $asked } is asked for it again; everything else goes on.
   *[other] This site’s disk damaged { $count } entries of { $site } in “{ $space }”. { $asked } is asked for them again; everything else goes on.
  }
site-damaged-alone = { $count ->
    [one] This site’s disk damaged one entry of { $site } in “{ $space }”, and no other site carries that space. Go back to a backup if it is missed; everything else goes on.
   *[other] This site’s disk damaged { $count } entries of { $site } in “{ $space }”, and no other site carries that space. Go back to a backup if they are missed; everything else goes on.
  }
site-trail-link = Trail of rights
site-erasures-link = Deleted accounts
site-realm = The network
site-territories = Territories: { $names }.
site-territories-none = No territory yet.
site-registrar = { $name } ({ $site }) keeps the rights { $territory ->
    [all] of the whole network
   *[other] for { $territory }
  }.
site-registrar-renew = { $name } was named under recovery keys that were replaced since: spaces opened afterwards do not know her orders. The recovery keys name her again.
site-registrars-none = Nobody keeps the rights of the network: a recovery key can name somebody.
site-removed = The site { $site } { $own ->
    [true] left the network by itself
   *[false] was taken out of the network
  }.
site-recovery = Recovery keys: { $threshold } of { $keys } sign together.
site-recovery-one = The network has one recovery key only. Give three to three people, two of whom sign together: “bocage recovery share”.
site-drill-never = Recovery exercise: never done at this site.
site-drill = Recovery exercise done { $when }.
site-lost-rekey = The recovery keys were changed twice at the same time. What { $kept } signed stands; what { $lost } signed does not, and its words are worth nothing.
