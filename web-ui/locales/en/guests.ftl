# Partners of a space: the list, inviting step by step, renewing and ending.

guests-title = Who comes from outside
guests-lead = Each partner sees this space and no other, until a date. Somebody here answers for them.
guests-none = Nobody comes from outside.
guests-none-why = A partner you invite sees this space and no other, until the date you choose.
guests-invite = Invite a partner
guests-people = { $count ->
    [one] One person, with an account here
   *[other] { $count } people, with an account here
  }
guests-sites = { $count ->
    [one] One partner site
   *[other] { $count } partner sites
  }

guest-sponsor = { $name } answers for them
guest-looked-after = { $count ->
    [one] What it writes is checked by the site { $sites }
   *[other] What it writes is checked by the sites { $sites }
  }
guest-online = online
guest-news = last news { $when }
guest-no-news = no news yet
guest-its-people = { $count ->
    [one] Writing there: { $names }
   *[other] Writing there: { $names }
  }
guest-nobody-wrote = Nobody has written there yet
guest-waiting = { $count ->
    [one] 1 change to check
   *[other] { $count } changes to check
  }

stay-ends = Until { DATETIME($end, day: "numeric", month: "long", year: "numeric") }
stay-ended = Ended since { DATETIME($end, day: "numeric", month: "long", year: "numeric") }
stay-no-end = No end date
stay-until = Until when
stay-months = { $months ->
    [one] 1 month
   *[other] { $months } months
  }
stay-last-day = Last day
stay-impossible = Choose a day to come, within two years.
stay-renew = Extend
stay-renew-this = Extend { $name }
stay-renew-why = Access goes on until the evening of the chosen day. You can end it earlier.
stay-renew-again = Access starts again at once, and lasts until the evening of the chosen day.
stay-renewed = { $name }: until { DATETIME($end, day: "numeric", month: "long", year: "numeric") }.
stay-end = End access
stay-end-this = End the access of { $name }
stay-remove = Remove from the list
stay-remove-this = Remove { $name } from the list
end-over = This access is over already. To see the space again, { $name } will need a new invitation.
stay-ended-done = { $name } no longer has access to the space.
end-person-does = { $name } will no longer open this space. A site that is cut off learns it as soon as it is reached again. What was written stays in the space.
end-site-does = Our sites stop sending this space to { $name } at once. A site that is cut off stops as soon as it is reached again. What was checked stays in the space.
end-kept-there = What the partner has already read, copied or received stays with them: we cannot take it back.
end-held = What still arrives from them will not be shown: a manager will have to check it.

tickets-title = Invitations of sites
ticket-open = A ticket is waiting for a partner’s site. It is good until { DATETIME($day, weekday: "long", day: "numeric", month: "long") }, { $time }.
words-of = <b>{ $site }</b> has used its ticket. Call your partner and compare these six words with those on their screen: if they are the same, it is their site that came in, and nobody else’s.
words-label = The six words to compare
words-differ = If one word differs, end the access of this site at once.

invite-leave = Back to the list
invite-step = Step { $step } of { $of }
invite-share = What do you want to share?
invite-access = How will your partner come in?
invite-leaving = This is everything that will leave
invite-ready-account = To hand over to your partner
invite-ready-site = Your partner’s ticket
invite-back = Previous step
invite-next = Continue

share-what = What will be shared
share-apart = A space apart, with a copy of what you choose (advised)
share-apart-why = The partner sees only these copies and what is written there afterwards. This space stays among you.
share-whole = This whole space
share-whole-why = The partner sees everything: pages, posts, messages, from the beginning, and what is written afterwards.
share-no-right = You cannot open spaces. A few people in each territory can: ask your manager to have one of them open the space apart and make you its manager.
share-name = Name of the space apart
share-name-help = For example the name of the project, with that of the partner.
share-name-missing = Give the space apart a name.
share-items = What will be copied there
share-items-why = The text as it is now. Comments and earlier versions are not copied.
share-nothing = This space has no pages or posts: the space apart will start without copies.
share-kind = What
share-of-kind = { $kind ->
    [all] Pages and posts
    [page] Pages
   *[post] Posts
  }
share-since = Changed since
share-until = Changed until
share-changed = changed { $when }
share-none-found = Nothing of that kind changed between these dates.
share-all = { $count ->
    [0] Choose all
    [one] Choose this one
   *[other] Choose these { $count }
  }
share-none = { $count ->
    [one] Do not choose this one
   *[other] Do not choose these { $count }
  }
share-count = { $count ->
    [0] None chosen of { $of }
   *[other] { $count } chosen of { $of }
  }
share-see = See what will leave
share-review = This is exactly what will be copied
share-review-why = Take the mark off what must stay between you.
share-change = Change the choice
share-too-many = At most { $count } pages and posts are copied at a time. Choose fewer; you can write the rest in the space apart.
share-open = Open the space apart

access-how = How
access-account = An account here
access-account-why = For one person. They open our site in their browser, and see only this space there.
access-site = Their own site
access-site-why = For an organisation. It reads and writes on its own machine, even without a line; our sites check what it writes before it is shown.
access-unreachable = Partner sites cannot reach our site today. Ask its technician to open the partners’ entrance (setting guests.listen), or give an account here.
access-next = See what will leave
guest-name = First and last name
guest-name-missing = Write the first and last name.
guest-organisation = Their organisation
guest-organisation-missing = Write the name of their organisation.
guest-login = Name to sign in with
guest-login-help = Short, without spaces, for example first.last. If this person already has a partner account here, use the same one: they keep their password.
guest-login-missing = Write the name to sign in with.
guest-role = What this person will be able to do
guest-site-role = What its people will be able to do

leaving-who = { $how ->
    [account] { $name } will be able to read all of the following until { DATETIME($end, day: "numeric", month: "long", year: "numeric") }. Role: { $role }.
   *[site] The partner’s site will receive all of the following, and what comes after, until { DATETIME($end, day: "numeric", month: "long", year: "numeric") }. Role of its people: { $role }.
  }
leaving-items = { $kind ->
    [page] { $count ->
        [0] No pages
        [one] 1 page
       *[other] { $count } pages
      }
    [post] { $count ->
        [0] No posts
        [one] 1 post
       *[other] { $count } posts
      }
   *[other] { $count ->
        [0] No channels
        [one] 1 channel
       *[other] { $count } channels
      }
  }
leaving-messages = { $count ->
    [0] no messages
    [one] 1 message
   *[other] { $count } messages
  }
leaving-comments = { $count ->
    [0] No comments
    [one] 1 comment
   *[other] { $count } comments
  }
leaving-people = { $count ->
    [one] The name of 1 member
   *[other] The names of { $count } members
  }
leaving-later = What is written here later will leave too.
leaving-ends = You can end this right at any time: our sites stop sending at once, and a site that is cut off as soon as it is reached again.
leaving-stays = What the partner has already read or received stays with them: we cannot take it back.
leaving-invite-account = Create the account
leaving-invite-site = Create the ticket

copy = Copy
copy-this = Copy: { $what }
copied = Copied: { $what }.
copy-by-hand = The text is selected: copy it with Ctrl + C.
ready-address = Address to open
ready-address-why = This is the address you use yourself. Check that your partner can reach it from where they are.
ready-login = Name to sign in with
ready-password = Password
ready-known = This person already has an account here. They sign in with the password they know.
ready-once = The password is shown only now. Hand it over in person or by telephone.
ready-noted = I have noted the password
ready-done = Done
ready-print = Print
ready-ticket = Ticket
ready-ticket-why = It works once, until { DATETIME($day, weekday: "long", day: "numeric", month: "long") }, { $time }. Give it to one person only.
ready-typed = What your partner types on their machine
ready-init = The first time, to prepare their site
ready-accept = To come into this space
ready-run = To start their site
ready-example-site = Their organisation
ready-example-name = First Last
ready-example-login = first.last
ready-waiting = We are waiting for their site… The six words to compare will appear here, and in the list of partners.
ready-qr = The ticket, to be read with a camera
ready-qr-why = The same ticket, for who reads it with a camera.
ready-only-site = Only the site { $site } takes this ticket. Should another site answer at its address, the partner’s machine stops and tells it nothing.

copies-count = { $count ->
    [one] 1 copy in this space
   *[other] { $count } copies in this space
  }
copies-why = These pages and posts come from another space. When the original changes, you can bring the copy up to date.
copies-see = See the copies
copies-title = The copies in this space
copies-lead = Nothing leaves by itself: a copy follows its original only when you bring it up to date. What was written into the copy stays there.
copies-none = There is no copy here.
copies-none-why = Pages and posts copied from another space will be listed here.
copies-update = { $count ->
    [0] Bring the copies up to date
    [one] Bring 1 copy up to date
   *[other] Bring { $count } copies up to date
  }
copies-updated = { $count ->
    [one] 1 copy is up to date.
   *[other] { $count } copies are up to date.
  }
copy-made = copied by { $name }, { $when }
copy-from = Original: “{ $title }”, in { $space }
copy-current = Up to date
copy-changed = The original was changed { $when }, by { $name }
copy-unreadable = You cannot read the original here: the copy stays as it is.
copy-erased = The original was erased. The copy stays; erase it too if it must not be read any more.
copy-written-here = The copy was written in as well: that will stay.
