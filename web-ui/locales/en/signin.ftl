# The door.

sign-in-document-title = Sign in, { $site }
sign-in-hello = Hello
sign-in-at = You are at the site of <b>{ $site }</b>.
sign-in-login = Your name
sign-in-login-missing = Write your name, for example claire.legoff.
sign-in-password = Your password
sign-in-password-missing = Write your password.
sign-in-do = Sign in
sign-in-unreachable = The site does not answer. Check the network, then try again.
sign-in-too-many = Too many tries. Wait { $seconds } seconds, then try again.
sign-in-works-alone = Here you sign in and work even when the line to the other sites is cut.
sign-in-help = Need help? Ask: { $contact }
