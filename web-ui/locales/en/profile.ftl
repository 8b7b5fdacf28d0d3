# “My profile”.

profile-title = My profile
profile-site = State of the site of { $site }
theme = Light or dark
theme-auto = Like the device
theme-light = Light
theme-dark = Dark
devices = My devices
device-name = { $browser ->
    [other] A program
   *[named] { $browser }
  }{ $system ->
    [other] {""}
   *[named] {" on "}{ $system }
  }
device-this = this device
device-seen = seen { $when }
device-close = Close access
device-close-this = Close the access of { $name }
device-closed = The access is closed.
sign-out = Sign out
waiting-here = Waiting on this device ({ $count })
waiting-change = A change
password = My password
password-change = Change my password
password-current = Present password
password-current-missing = Write your present password.
password-new = New password
password-help = At least { $count } characters. A short sentence is easy to remember.
password-short = Write at least { $count } characters.
password-save = Save the password
password-changed = Your password is changed. Your other devices will have to write it.
profile-moved = Your site is now { $site }, as { $by } decided, { $when }.
profile-let-in = You were given a new password by { $by }, { $when }. If you did not ask for it, tell your technician.
profile-done-read = Got it
my-data = My data
my-data-what = Take away, in one ZIP file, all that you wrote and what this site keeps about you. What others wrote is not in it.
my-data-contact = For any question about your data: { $contact }
my-data-take = Download my data
account-delete = Delete my account
account-goes = What goes
account-goes-what = Your sign-in everywhere, your name, your job, your rights, your places in spaces, and how far you have read. It is hidden at once and destroyed after 72 hours at each site; backups made before keep it until they end.
account-stays = What stays
account-stays-what = What you wrote for others, signed “Deleted account”. Erase first what must not stay. A name that somebody wrote in a text stays there.
account-delete-final = This is final: nobody can bring your account back. Remember to download your data first.
account-deleted = Your account is deleted.
account-delete-now = Delete my account
account-delete-home = Your account is kept by the site { $site }. Open this page there to delete it.
account-delete-partner = This site belongs to a partner: its technician removes accounts.
account-delete-managers = { $count ->
    [one] You are the only manager of this space. Name another one there first:
   *[other] You are the only manager of these spaces. Name another one there first:
  }
account-delete-registrar = You are the last one who can give rights in the network. Have another one named first.
account-delete-technician = You are the only technician of this site. Have another one named first.
