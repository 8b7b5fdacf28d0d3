# The frame: navigation, state of the site, skip link.

skip-link = Skip to content
nav-label = Main navigation
nav-today = Today
nav-spaces = Spaces
nav-messages = Messages
nav-search = Search
nav-profile = My profile
nav-profile-of = My profile, { $name }
tabs-label = In this space
tabs-others = More
path-label = Where I am
tab-wall = Wall
tab-pages = Pages
tab-messages = Messages
tab-check = To check
tab-members = Members
tab-partners = Partners
tab-settings = Settings

site-current = up to date
site-current-here = up to date here
site-no-line = not answering
state-current = Up to date
state-current-here = Up to date here
state-last-news = last news from { $site } { $when }
state-late = { $site }: last news { $when }
state-never-heard = { $site }: no news yet
state-no-line = { $site } does not answer, your texts wait here
spoken-line-cut = The site no longer answers. Your texts are kept on this device.
spoken-line-back = The site answers again.
