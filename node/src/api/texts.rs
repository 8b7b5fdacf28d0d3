//! Every sentence with which the API says no, in French and English.
//!
//! A sentence says what happened and what to do. `{field}`, `{limit}` and `{seconds}` are filled
//! from the error.

use super::error::{ApiError, ErrorCode};
use super::session::Language;

macro_rules! texts {
    ($($(#[$doc:meta])* $key:ident: $french:literal, $english:literal;)*) => {
        /// A sentence for people.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Text {
            $($(#[$doc])* $key,)*
        }

        impl Text {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$key),*];

            fn template(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$key, Language::Fr) => $french,
                      (Self::$key, Language::En) => $english,)*
                }
            }
        }
    };
}

texts! {
    /// The last manager would go.
    LastManager: "Cet espace n’aurait plus de responsable. Nommez quelqu’un d’autre d’abord.",
        "This space would have no manager left. Name another one first.";
    /// Not the documented shape.
    BadRequest: "La demande n’a pas la forme attendue. Rechargez la page et recommencez.",
        "The request does not have the expected shape. Reload the page and try again.";
    /// Not JSON.
    NotJson: "La demande n’est pas du JSON valide en UTF-8.",
        "The request is not valid JSON in UTF-8.";
    /// Not sent as JSON.
    NotDeclaredJson: "Envoyez la demande avec l’en-tête content-type: application/json.",
        "Send the request with the header content-type: application/json.";
    /// A field is missing.
    MissingField: "Le champ «{field}» manque. Ajoutez-le.",
        "The field “{field}” is missing. Add it.";
    /// A field that nobody knows.
    UnknownField: "Le champ «{field}» n’existe pas ici. Retirez-le.",
        "There is no field “{field}” here. Remove it.";
    /// A value that is not allowed.
    UnknownValue: "Le champ «{field}» n’a pas une valeur permise. Choisissez-en une autre.",
        "The field “{field}” does not have an allowed value. Choose another one.";
    /// Nothing visible in it.
    Empty: "Le champ «{field}» est vide. Écrivez au moins un caractère visible.",
        "The field “{field}” is empty. Write at least one visible character.";
    /// A control character or one that turns the reading direction.
    Unprintable: "Le champ «{field}» contient un caractère invisible qui n’est pas permis. Retapez-le.",
        "The field “{field}” holds an invisible character that is not allowed. Type it again.";
    /// Longer than its limit.
    TooLong: "Le champ «{field}» est trop long : {limit} octets au plus. Raccourcissez-le.",
        "The field “{field}” is too long: at most {limit} bytes. Shorten it.";
    /// No session.
    NotSignedIn: "Vous n’êtes pas connecté. Entrez votre nom et votre mot de passe.",
        "You are not signed in. Enter your name and password.";
    /// Unknown name or wrong password.
    WrongPassword: "Le nom ou le mot de passe ne convient pas. Vérifiez-les, ou demandez à votre référent local.",
        "The name or the password is not right. Check them, or ask your local helper.";
    /// The same while some site cannot be asked.
    WrongPasswordOrAway: "Le nom ou le mot de passe ne convient pas, ou bien votre site d’attache ne répond pas : la première connexion ici a besoin de lui. Vérifiez, recommencez plus tard, ou demandez à votre référent local.",
        "The name or the password is not right, or your home site does not answer: the first sign-in here needs it. Check them, try again later, or ask your local helper.";
    /// A change that only the home site can make.
    HomeAway: "Votre site d’attache ne répond pas. Rien n’a été changé : recommencez quand la liaison est revenue.",
        "Your home site does not answer. Nothing was changed: try again when the line is back.";
    /// The present password is another.
    WrongCurrentPassword: "Votre mot de passe actuel ne convient pas. Rien n’a été changé.",
        "Your present password is not right. Nothing was changed.";
    /// The csrf header or the origin is missing or wrong.
    Csrf: "Cette demande ne vient pas d’une page de ce site. Rechargez la page et recommencez.",
        "This request does not come from a page of this site. Reload the page and try again.";
    /// The person may not.
    Forbidden: "Vous n’avez pas le droit de faire cela. Demandez à un responsable de l’espace.",
        "You may not do this. Ask a manager of the space.";
    /// Only the technician of the site.
    OnlyTechnicians: "Seul le technicien du site peut voir cela.",
        "Only the technician of the site may see this.";
    /// Only from the machine itself, with its token.
    OnlyLocal: "Cela se fait seulement sur la machine du site, avec la commande bocage.",
        "This is done on the site’s own machine only, with the bocage command.";
    /// Rights of the realm.
    AskRegistrar: "Personne ici n’a le droit de faire cela. Demandez à un responsable du réseau.",
        "Nobody here may do this. Ask a registrar of the network.";
    /// Not here, or hidden.
    NotFound: "Ce contenu n’est pas ici, ou vous n’y avez pas accès.",
        "This is not here, or you have no access to it.";
    /// A change typed here was tried and damaged the page.
    FailedTrial: "Ce changement n’est pas enregistré : essayé à part, il a abîmé la page. Reprenez \
        votre texte en plusieurs morceaux plus courts.",
        "This change is not saved: when it was tried aside, it damaged the page. Take your text up \
        again in several shorter pieces.";
    /// Contradicts what is there.
    Conflict: "Cela ne va pas avec ce qui est déjà enregistré. Rechargez et recommencez.",
        "This does not fit what is already saved. Reload and try again.";
    /// No port for partners' sites is open here.
    GuestsNotReachable: "Les sites partenaires ne peuvent pas joindre ce site. Demandez à son technicien d’ouvrir le port des invités (guests.listen).",
        "Partners’ sites cannot reach this site. Ask its technician to open the port for guests (guests.listen).";
    /// The sign-in name is taken.
    LoginTaken: "Ce nom de connexion est déjà pris. Choisissez-en un autre.",
        "This sign-in name is taken. Choose another one.";
    /// The whole request is too large.
    TooLarge: "La demande est trop grande : {limit} octets au plus.",
        "The request is too large: at most {limit} bytes.";
    /// Too many tries.
    TooManyTries: "Trop d’essais. Attendez {seconds} secondes et recommencez.",
        "Too many tries. Wait {seconds} seconds and try again.";
    /// Not now.
    Busy: "Le site est très occupé. Votre demande n’est pas perdue : recommencez dans un instant.",
        "The site is very busy. Nothing is lost: try again in a moment.";
    /// Can only be read.
    ReadOnly: "Cet espace est en lecture seule. Rien n’a été changé.",
        "This space can only be read. Nothing was changed.";
    /// It was here and was erased.
    Erased: "Ce contenu a été effacé.",
        "This content was erased.";
    /// More items than one command takes.
    TooMany: "Le champ «{field}» en nomme trop : {limit} au plus. Faites-le en plusieurs fois.",
        "The field “{field}” names too many: at most {limit}. Do it in several steps.";
    /// Only what one wrote alone can be erased without a manager.
    OnlyOwnErased: "Vous pouvez effacer ce que vous avez écrit seul. Pour le reste, demandez à un responsable de l’espace.",
        "You can erase what you alone wrote. For anything else, ask a manager of the space.";
    /// The site cannot erase for its author in a space that is not open to all.
    ManagerErases: "Dans cet espace, seul un responsable efface. Demandez-le-lui.",
        "In this space only a manager erases. Ask one.";
    /// The bytes are gone at every host.
    AlreadyDestroyed: "Ce contenu est détruit sur tous les sites de l’espace : il n’existe plus nulle part, et l’effacement ne peut plus être annulé.",
        "This content is destroyed at every site of the space: it is nowhere any more, and the erasure can no longer be taken back.";
    /// The original of a copy cannot be read by who wants to copy it anew.
    OriginalNotReadable: "L’original d’une de ces copies n’est pas lisible ici. Rien n’a été changé, la copie reste telle qu’elle est : retirez-la du choix.",
        "The original of one of these copies cannot be read here. Nothing was changed, the copy stays as it is: leave it out.";
    /// The original of a copy was erased.
    OriginalErased: "L’original d’une de ces copies a été effacé. Rien n’a été changé : retirez-la du choix, ou effacez aussi la copie.",
        "The original of one of these copies was erased. Nothing was changed: leave it out, or erase the copy too.";
    /// The last copying was done at another site.
    CopyNotHere: "La dernière mise à jour de cette copie vient d’un autre site et n’est pas encore arrivée. Recommencez quand elle est là.",
        "The last update of this copy was made at another site and has not come yet. Try again when it is here.";
    /// Only a contributor answers for guests.
    SponsorContributes: "Seule une personne d’ici qui contribue à l’espace peut répondre de partenaires. Donnez-lui d’abord ce rôle.",
        "Only somebody of this organisation who contributes to the space can answer for partners. Give her that role first.";
    /// Settings of a space, and what sites write, are not content.
    CannotBeErased: "Cela ne s’efface pas : ce n’est pas un contenu de l’espace.",
        "This cannot be erased: it is no content of the space.";
    /// An account is deleted where it is kept.
    DeletedAtHome: "Votre compte est tenu par un autre site. Demandez sa suppression là-bas ; rien n’a été changé.",
        "Your account is kept by another site. Ask there to delete it; nothing was changed.";
    /// Of a partner's own site.
    DeletedByPartner: "Ce site n’appartient pas au réseau : son technicien retire les comptes. Rien n’a été changé.",
        "This site is not part of the network: its technician removes accounts. Nothing was changed.";
    /// Spaces would be left without a manager.
    LastManagerLeaves: "Vous êtes seul responsable d’au moins un espace. Nommez-y quelqu’un d’autre d’abord ; rien n’a été changé.",
        "You are the only manager of at least one space. Name another one there first; nothing was changed.";
    /// Nobody could give rights any more.
    LastRegistrar: "Vous êtes le dernier à pouvoir donner des droits dans le réseau. Faites nommer quelqu’un d’autre d’abord ; rien n’a été changé.",
        "You are the last one who can give rights in the network. Have another one named first; nothing was changed.";
    /// Nobody would look after the site.
    LastTechnician: "Vous êtes le seul technicien de ce site. Faites nommer quelqu’un d’autre d’abord ; rien n’a été changé.",
        "You are the only technician of this site. Have another one named first; nothing was changed.";
    /// Too short a password.
    PasswordTooShort: "Le mot de passe est trop court : {limit} caractères au moins.",
        "The password is too short: at least {limit} characters.";
}

impl Text {
    /// The usual sentence of a code.
    pub fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::BadRequest => Self::BadRequest,
            ErrorCode::UnknownFieldValue => Self::UnknownValue,
            ErrorCode::TooLong => Self::TooLong,
            ErrorCode::NotSignedIn => Self::NotSignedIn,
            ErrorCode::WrongPassword => Self::WrongPassword,
            ErrorCode::Csrf => Self::Csrf,
            ErrorCode::Forbidden => Self::Forbidden,
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::Erased => Self::Erased,
            ErrorCode::Conflict => Self::Conflict,
            ErrorCode::TooLarge => Self::TooLarge,
            ErrorCode::TooManyTries => Self::TooManyTries,
            ErrorCode::Busy => Self::Busy,
            ErrorCode::ReadOnly => Self::ReadOnly,
        }
    }

    /// The sentence, filled from `error`.
    pub fn say(self, error: &ApiError, language: Language) -> String {
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        self.template(language)
            .replace("{limit}", &number(error.limit))
            .replace(
                "{seconds}",
                &number(error.retry_after_seconds.map(u64::from)),
            )
            // Last, because a field name comes from outside.
            .replace("{field}", error.field.as_deref().unwrap_or("?"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_fill_in_the_same_blanks() {
        for text in Text::ALL {
            for blank in ["{field}", "{limit}", "{seconds}"] {
                assert_eq!(
                    text.template(Language::Fr).contains(blank),
                    text.template(Language::En).contains(blank),
                    "{text:?} {blank}"
                );
            }
        }
    }

    #[test]
    fn a_field_name_cannot_fill_other_blanks() {
        let error = ApiError::too_long("{limit}", 3);
        assert!(error.body(Language::En).message.contains("“{limit}”"));
    }
}
