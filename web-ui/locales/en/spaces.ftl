# Spaces: list, opening, header, settings.

spaces-title = My spaces
spaces-open = Open a space
spaces-find = Find a space
spaces-filter-mine = Mine ({ $count })
spaces-filter-all = All ({ $count })
spaces-filter-unread = Unread ({ $count })
spaces-furrows = The pattern of the field tells the kind:
spaces-column-space = Space
spaces-column-territory = Territory
spaces-column-change = Last change
spaces-column-kept = Where it is kept
spaces-empty = No space here.
spaces-empty-why = A space is opened from a template, or someone adds you to theirs.
spaces-empty-search = No space with this name.
spaces-empty-search-why = Try a shorter word, or “All”.

space-kind = { $kind ->
    [project] Project
    [team] Team
    [practice] Practice
    [sandbox] Sandbox
   *[other] Space
  }
space-people = { space-kind } · { $people ->
    [one] 1 person
   *[other] { $people } people
  }{ $guests ->
    [0] {""}
    [one] , including 1 partner
   *[other] , including { $guests } partners
  }
last-change = { $verb ->
    [none] Changed { $when }
    [changed] Edited { $when }
    [thanked] Thanks { $when }
    [joined] Arrival { $when }
   *[other] { $kind ->
        [message] Message { $when }
        [comment] Comment { $when }
        [post] Post { $when }
        [page] Page { $when }
        [channel] Channel { $when }
       *[other] Changed { $when }
      }
  }
space-late-site = { $site }: news { $when }
space-kept-everywhere = Up to date everywhere
space-kept-some = Saved here and at { $sites }
space-kept-here = Saved here

space-audience = { space-kind }, { $visibility ->
    [open] visible to all, <b>{ $people } { $people ->
        [one] person
       *[other] people
      }</b>
    [request] on request, <b>{ $people } { $people ->
        [one] person
       *[other] people
      }</b>
   *[hidden] visible to its members only, <b>{ $people } { $people ->
        [one] person
       *[other] people
      }</b>
  }{ $guests ->
    [0] .
    [one] , including 1 partner.
   *[other] , including { $guests } partners.
  }
space-rights-age = The rights in this space are those known { $when }: a site has sent no news since. Work goes on.
space-join = Join this space
space-joined = You are a member of this space.

open-space-kind = Which kind of space?
kind-project-why = Work that has an end.
kind-team-why = People who work together every day.
kind-practice-why = A trade, across territories.
open-space-template = Template
open-space-template-missing = No template for this kind of space: choose another kind.
space-name = Name of the space
open-space-name-missing = Give the space a name.
open-space-preview = Your space
space-description = What it is for
space-description-help = One sentence is enough. It helps others to find it.
look-colour = Colour of the field
look-symbol = Symbol
space-visibility = Who can see it?
visibility-open = Open
visibility-open-why = Everybody can read and join.
visibility-request = On request
visibility-request-why = Everybody sees the name, one enters on request.
visibility-hidden = Hidden
visibility-hidden-why = Only its members know that it exists.
open-space-do = Open the space
open-space-no-right = You cannot open a space.
open-space-no-right-why = This right is given to a few people in each territory. Ask your manager.

settings-managers = Settings are for the managers of the space.
settings-managers-why = The managers are listed in “Members”.
settings-sections = Parts of the space
section-wall = Wall: posts and comments
section-pages = Pages written together
section-messages = Messages
settings-save = Save the settings
settings-saved = Settings saved.
settings-unchanged = Nothing has been changed.

colour-haie = Hedge
colour-ajonc = Gorse
colour-brique = Brick
colour-pommier = Apple tree
colour-bruyere = Heather
colour-loire = Loire
colour-ardoise = Slate
colour-sarrasin = Buckwheat

symbol-house = House
symbol-school = School
symbol-cone = Roads
symbol-wheat = Wheat
symbol-snow = Snow
symbol-pot = Kitchen
symbol-sign = Signpost
symbol-shovel = Shovel
symbol-compass = Compass
symbol-book = Book
symbol-heart = Heart
symbol-tree = Tree
symbol-truck = Truck
symbol-bus = Coach
symbol-town = Town hall
symbol-people = People
symbol-study = Studies
symbol-tools = Tools

space-closed = Space closed by { $by }, { $when }. Everything can be read; nobody writes in it any more.
space-closed-word = closed
space-closed-done = The space is closed. It can still be read.
space-reopened = The space is open again.
space-own-held = { $count ->
    [one] One of your texts waits for a manager.
   *[other] { $count } of your texts wait for a manager.
  }
space-own-held-see = See them
close-title = Close the space
close-why = At the end of a project: everything can still be read, nothing more is written.
close-ask = Close this space…
close-dialog = Close “{ $space }”?
close-do = Close the space
close-fact-read = { $count ->
    [one] Its member can read everything. Nobody can write any more.
   *[other] Its { $count } members can read everything. Nobody can write any more.
  }
close-fact-guests = { $count ->
    [0] No partner is in this space.
    [one] The partner loses access. What was copied stays with the partner.
   *[other] The { $count } partners lose access. What they copied stays with them.
  }
close-fact-found = The space stays in lists and search, marked “closed”.
close-fact-late = If a site that is cut off still writes without knowing, its work is not lost: it comes to “To check”.
close-fact-reopen = A manager can open it again at any time. Partners do not come back by themselves.
reopen-title = Open the space again
reopen-why = Members will be able to write again. Partners do not come back by themselves.
reopen-do = Open this space again
ask-title = Enter this space
ask-reason = Why do you wish to enter?
ask-reason-help = One sentence is enough. The managers will read it.
ask-do = Ask to enter
ask-sent = Request sent to the managers.
ask-waits = Your request was sent { $when }. A manager will answer.
ask-declined = A manager did not grant your request. You can send another one.
ask-closed = Nobody enters this space any more.
ask-closed-why = It is closed.
archive-title = Take the space away
archive-why = A ZIP file with the pages and posts (Markdown and HTML), messages and comments, members and the trail of rights. This site signs it: the command “bocage verify” proves that nothing is missing and nothing was changed.
archive-without = What waits for a manager, or is erased, is not in it.
archive-do = Download the archive
