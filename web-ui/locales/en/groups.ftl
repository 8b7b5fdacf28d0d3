# Groups of people.

groups-title = Groups
groups-lead = People whom the manager of a space can add all at once.
groups-none = No group
groups-none-why = Registrars of the network open them, for example for the kitchens of a district.
groups-ours = Groups belong to the organisation
groups-ours-why = You are here as a partner.
group-open = Open a group
group-name = Name of the group
group-named = Done. “{ $name }”.
group-place = Who keeps it
group-place-why = Registrars of this territory may change the group, beside those of the whole organisation.
group-place-all = The whole organisation
group-change = Change
group-change-this = Change the group “{ $name }”
group-rename = Change the name
group-end = Delete the group
group-end-this = Delete the group “{ $name }”?
group-end-why = In the spaces, everybody loses what only this group gave. Those who were added by name stay. This cannot be taken back.
group-ended = The group “{ $name }” is deleted.
group-people = { $count ->
    [0] nobody
    [one] { $count } person
   *[other] { $count } people
  }
group-add = Add a person
group-add-to = Add a person to “{ $name }”
group-added = { $name } is in the group “{ $group }”.
group-present = already in the group
group-remove = Remove
group-remove-this = Remove { $name } from the group “{ $group }”
group-removed = { $name } is no longer in the group “{ $group }”.
