# Erasing content for good, and knowing where it is destroyed.

tab-erasures = Erasures
erase = Erase
erase-this = Erase “{ $title }”
erase-title = Erase for good
erase-why = What is ticked disappears everywhere at once. Each site destroys it after { $hours } hours, or { $confirmed } once a second manager confirms. Until then a manager can take it back.
erase-what = What will be erased
erase-kind = { $kind ->
    [page] Page
    [post] Post
    [comment] Comment
    [thanks] Thanks
    [message] Message
    [channel] Channel
   *[other] Content
  }
erase-not-yours = written by others, too
erase-reason = Why
erase-reason-help = This sentence stays. Repeat nothing in it that must be gone.
erase-now = { $count ->
    [0] Erase
    [one] Erase { $count } thing
   *[other] Erase { $count } things
  }
erase-done = It is erased: nobody sees it any more.
erasures-empty = Nothing was erased
erasures-empty-why = A manager erases a page, a post, a message or a comment from where it is read.
erasure-items = { $count ->
    [one] { $count } thing erased
   *[other] { $count } things erased
  }
erasure-confirmed = confirmed by a second manager
erasure-confirmed-now = It is confirmed: it will be destroyed sooner.
erasure-undone-now = The erasure is taken back: the content is visible again.
erasure-hidden = Hidden. Destroyed at this site: { $when }
erasure-removing = This site is destroying it.
erasure-removed = Destroyed here; this site is still cleaning its files.
erasure-destroyed = Destroyed at this site.
erasure-undone = Taken back: the content is visible again.
erasure-undo = Take the erasure back
erasure-confirm = Confirm the erasure
erasure-sites = What each site says
erasure-hidden-at = Hidden
erasure-destroyed-at = Destroyed
erasure-backups = Backups
erasure-backups-unknown = those from before keep it, sealed, until they are destroyed; this site does not say when
erasure-backups-until = those from before are destroyed by { $when } at the latest
not-yet = not yet
site-erasures-title = Deleted accounts
site-erasures-lead = When somebody deletes her account, each site destroys her name and says here when.
site-erasures-empty = Nobody has deleted an account.
site-erasures-technicians = This page is for technicians
