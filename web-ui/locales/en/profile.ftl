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
