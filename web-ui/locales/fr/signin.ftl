# La porte d’entrée.

sign-in-document-title = Entrer, { $site }
sign-in-hello = Bonjour
sign-in-at = Vous êtes au site de <b>{ $site }</b>.
sign-in-login = Votre nom
sign-in-login-missing = Écrivez votre nom, par exemple claire.legoff.
sign-in-password = Votre mot de passe
sign-in-password-missing = Écrivez votre mot de passe.
sign-in-do = Entrer
sign-in-unreachable = Le site ne répond pas. Vérifiez le réseau, puis réessayez.
sign-in-too-many = Trop d’essais. Attendez { $seconds } secondes, puis réessayez.
sign-in-works-alone = Ici, on entre et on travaille même si la ligne vers les autres sites est coupée.
sign-in-help = Besoin d’aide ? Demandez à : { $contact }
