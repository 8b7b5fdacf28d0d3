# To check: work that waits for a manager, requests, the trail.

check-managers = “To check” is for the managers of the space.
check-title-held = To check
check-title-aside = Left aside
check-title-trail = Trail
check-show-held = To check
check-show-aside = Left aside
check-show-trail = Trail
check-none = Nothing to check.
check-none-why = Work comes here when its author had no right to write any more, or when the space was closed.
check-none-aside = Nothing is left aside.
check-none-aside-why = What is left aside stays kept, and can be taken up at any time.
check-all = Choose all
check-this = Choose: { $person }, { $title }
check-readmit = Take up
check-readmit-count = Take up ({ $count })
check-leave = Leave aside
check-leave-count = Leave aside ({ $count })
check-bring = Put back to check
check-bring-count = Put back to check ({ $count })
check-readmitted = { $count ->
    [one] Taken up: the whole space sees it.
   *[other] { $count } texts taken up: the whole space sees them.
  }
check-left = { $count ->
    [one] Left aside, for all managers.
   *[other] { $count } left aside, for all managers.
  }
check-back = { $count ->
    [one] To be checked again.
   *[other] { $count } to be checked again.
  }

held-what = { item-kind } “{ $title }”
held-what-untitled = { item-kind }
held-by = { $person }, { $when }, in { $site }
held-words = { $count ->
    [one] { $count } word
   *[other] { $count } words
  }
held-unreadable = This text cannot be shown: it rests on other work that waits, or has not come whole yet.
held-why = { $why ->
    [noRight] Waiting: this person had no right to write here at that time.
    [removed] Waiting: { $by } had removed this person, or reduced their rights, { $when }. The site of { $site } did not know yet.
    [notHost] Waiting: the site of { $site } was not a site of this space.
    [hostRemoved] Waiting: { $by } had taken the space from the site of { $site } { $when }.
    [closed] Waiting: { $by } had closed the space { $when }. The site of { $site } did not know yet.
    [quarantined] Put aside by { $by } { $when }.
    [forked] Waiting: the site of { $site } wrote two different continuations, and has not joined them yet.
    [notDescended] Waiting: the site of { $site } began again from a backup without knowing what had been decided.
    [notAdmitted] Waiting: written by the partner’s site { $site }, and let in by none of our sites. It came after the end of the access, or could not be checked.
   *[other] Waiting, for a reason that a later version knows.
  }
held-note = Reason given: { $note }
held-aside-by = Left aside by { $by }.
held-decision-again = This decision has no effect. If it is right, take it again.

own-held-title = To be checked by a manager
own-held-lead = These texts are yours. They are kept, and will appear if a manager of the space takes them up.
own-held-none = Nothing of yours waits.
own-held-none-why = All that you have written is in its place.

requests-title = Requests to enter
request-what = { $name } asks to enter
request-accept = Let in
request-accept-this = Let { $name } in
request-decline = Decline
request-decline-this = Decline the request of { $name }
request-accepted = { $name } is a member of the space.
request-declined = The request of { $name } is declined.

trail-clock = Times are those of the clock of the site where the decision was written.
trail-person = Person
trail-everybody = Everybody
trail-export-csv = Table (CSV)
trail-export-json = Data (JSON)
trail-none = No decision here.
trail-none-why = Choose another person, or everybody.
trail-by = { $by }, { $when }, in { $site }
trail-root = Recovery keys of the organisation
trail-group = { $known ->
    [no] following a group
   *[other] following the group “{ $group }”
  }
trail-sponsor = answers for this person: { $name }
trail-until = until { $when }
realm-right = { $right ->
    [creator] open spaces
    [technician] look after sites
    [registrar] manage people
    [admitting] admit sites
   *[other] a right of a later version
  }
trail-action = { $action ->
    [create] Space opened
    [grant] { $role ->
        [none] { $person } gets a right: { $rights }
       *[other] { $person } gets the role “{ role }”
      }
    [setRole] { $role ->
        [none] The rights of { $person } change: { $rights }
       *[other] { $person } now has the role “{ role }”
      }
    [revoke] { $person } is removed
    [hostAdd] The site { $site } keeps a copy
    [hostRemove] The site { $site } keeps no copy any more
    [readmit] { $count ->
        [one] Work that waited is taken up
       *[other] Work that waited is taken up ({ $count } entries)
      }
    [quarantine] Content is put aside
    [close] Space closed
    [reopen] Space opened again
    [erase] { $count ->
        [one] One item is erased
       *[other] { $count } items are erased
      }
    [adopt] A site joins the two continuations that it had written
    [guestAdd] The partner’s site { $site } is invited
    [introduce] The partner’s site { $site } names a person: { $reason }
    [rekey] The recovery keys change
    [decide] “To check” is sorted, the space being closed
   *[other] A decision of a later version
  }
trail-state = { $state ->
    [waiting] No effect yet: a decision on which it depends has not come.
    [held] { $why ->
        [forked] No effect for now: this site wrote two different continuations.
       *[other] No effect for now: this site began again from a backup without knowing what had been decided.
      }
   *[void] { $why ->
        [noRight] No effect: its author had not this right.
        [removed] No effect: its author had been removed.
        [hostRemoved] No effect: this site had been removed.
        [notSenior] No effect: the person it is about has more seniority.
        [notSigned] No effect: too few recovery keys signed it.
        [wrongOrder] No effect: it does not prove the order it speaks of.
        [unknownOperation] No effect here: it comes from a later version.
       *[other] No effect: it is not well formed.
      }
  }
site-trail-title = Trail of rights
site-trail-lead = Who gave which right over the organisation, and which sites were admitted.
site-trail-technicians = This trail is for technicians.
site-trail-technicians-why = The trail of a space is for its managers, in “To check”.
