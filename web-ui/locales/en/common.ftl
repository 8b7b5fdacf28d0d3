# Words shared by all screens: buttons, states, errors. <b> marks strong words.

document-title = { $title } · Bocage
title-in-space = { $tab }, { $space }
loading = One moment…
list-separator = {"; "}
try-again = Try again
show-more = Show more
cancel = Cancel
save = Save
add = Add
change = Edit
change-this = Edit “{ $title }”
withdraw = Withdraw
actions = Actions
actions-on = Actions on the text by { $person }: { $text }
send = Send
send-again = Send again
forget = Discard
you = You
deleted-account = Deleted account
partner = partner
partner-of = partner, { $organisation }
partner-named = { $name } (partner, { $organisation })
edited = edited
arrived = arrived { $when }
other-version = Written at the same time by { $person }, { $when }:
by-when = { $person }, { $when }
changed-by-when = Edited by { $person }, { $when }
dialog-close = Close
toast-undo = Undo
field-see-password = Show
language = Language
language-fr = Français
language-en = English

unread-count = { $count } unread
filter-unread = Unread ({ $count })
mark-all-read = Mark all as read
all-read-done = Everything is marked as read.

saving-sending = Sending, keep this page open
saving-device = Kept on this device, will be sent
saving-device-count = { $count ->
    [one] Kept on this device, will be sent
   *[other] Waiting ({ $count }), kept on this device
  }
saving-site = Sent to the site, not everywhere yet
saving-saved = Saved
saving-on-sites = on { $count } sites, { $names }
saving-everywhere = everywhere
saving-received = Received, to be checked
saving-problem = Problem: { $text }

thanks-give = Say thanks
thanks-take-back = Take back my thanks
thanks-button = { $count ->
    [0] Thanks
   *[other] Thanks ({ $count })
  }
thanks-count = { $count } thanks

comments-button = { $count ->
    [0] Comment
    [one] { $count } comment
   *[other] { $count } comments
  }
comments-count = { $count ->
    [one] { $count } comment
   *[other] { $count } comments
  }
comment-form = Comment on “{ $title }”
comment-label = Your comment
comment-send = Comment
comment-withdrawn = Comment withdrawn by its author.
comment-withdrawn-done = Comment withdrawn.
change-text = Your text

audience-names = See the names
item-kind = { $kind ->
    [page] Page
    [post] Post
    [channel] Channel
    [message] Message
    [comment] Comment
   *[other] Item
  }
activity = { $verb ->
    [created] { $person } created “{ $title }”
    [changed] { $person } edited “{ $title }”
    [thanked] { $reason ->
        [yes] { $person } said thanks: “{ $title }”
       *[no] { $person } said thanks
      }
    [joined] { $person } joined the space
   *[wrote] { $kind ->
        [comment] { $person } commented: “{ $title }”
        [message] { $person } wrote: “{ $title }”
        [post] { $person } posted “{ $title }”
       *[other] { $person } wrote “{ $title }”
      }
  }

not-found-title = Not found
not-found-what = Nothing at this address.
not-found-why = The item was removed, or you do not have access to it. Ask the person who gave you the link.
erased-title = Content erased
not-found-back = Go to Today
broken-title = This screen does not open
broken-what = This screen does not open.
broken-why = Your texts are kept. Try again; if it happens again, tell the person who looks after your site.
unreachable-what = The site does not answer.
unreachable-why = What you wrote is kept on this device and will be sent by itself. Check the network.
offline-band = { $count ->
    [0] <b>The site does not answer.</b> What you write will be sent as soon as possible.
   *[other] <b>The site does not answer.</b> Waiting ({ $count }), sent as soon as possible.
  }

put-aside = Put aside
put-aside-this = Put “{ $title }” aside
put-aside-title = Put aside
put-aside-why = “{ $title }”, by { $person }, will be seen only by managers and by its author. Nothing is erased: a manager can take it up again.
put-aside-reason = Reason
put-aside-reason-help = For the other managers and for the author.
put-aside-done = Put aside.
