# Members of a space.

members-title = { $count ->
    [0] Members
    [one] { $count } member
   *[other] { $count } members
  }
role = { $role ->
    [viewer] Reads
    [commenter] Comments
    [contributor] Contributes
    [manager] Manager
   *[other] Member
  }
role-viewer-why = Can read everything.
role-commenter-why = Can read, comment and send messages.
role-contributor-why = Can read, comment and write pages and posts.
role-manager-why = Can do everything, and manage members and settings.
member-add = Add a person
member-add-this = Add { $name }
member-added = Added. { $name }: { role }.
member-find = Their name
member-find-help = Type at least two letters. Accents and capitals do not matter.
member-nobody = Nobody is called “{ $name }”.
member-role = What this person will be able to do
member-present = already a member
member-make = { $role ->
    [viewer] Let them read only
    [commenter] Let them comment
    [contributor] Let them contribute
    [manager] Make them a manager
   *[other] Change the role
  }
member-role-changed = { $name }: { role }.
member-remove = Remove from the space
member-removed = { $name } is no longer a member of the space.
member-actions = { $name }: { $role }, change
member-since = member since { $when }
member-since-by = member since { $when }, by { $by }

# Answering for partners without being a manager of the space.
member-sponsor = may invite partners, and answers for them
member-sponsor-make = May invite partners
member-sponsor-end = No longer invites partners
member-sponsor-made = { $name } may now invite partners into this space, from her home site.
member-sponsor-ended = { $name } no longer invites partners. Those who are here stay until their date.

# Groups with a role in the space.
member-group = through the group “{ $group }”
member-group-too = also through the group “{ $group }”
space-groups = Groups
space-groups-none = No group has a role in this space.
space-group-add = Add a group
space-group-why = Everybody in the group becomes a member. So does whoever joins it later; whoever leaves it is no longer one, unless somebody added them by name.
space-group-role = What the group will be able to do
space-group-present = has a role here
space-group-given = Done. “{ $name }”: { role }. The members follow in a moment.
space-group-taken = “{ $name }” no longer has a role in the space. The members follow in a moment.
space-group-since = since { $when }, by { $by }
space-group-ended = this group is no more
groups-link = See all groups
