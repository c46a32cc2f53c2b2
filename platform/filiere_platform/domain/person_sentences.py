"""What is said about people and their signing in, in French and English.

Who fails to sign in is told one thing, whatever failed: the account, the password, the code, the lock.
"""

from __future__ import annotations

from filiere_schemas.problems import Sentence

SIGN_IN_REFUSED = Sentence(
    "sign-in-refused",
    "La connexion est refusée : l'adresse, le mot de passe ou le code n'est pas le bon.",
    "Signing in is refused: the address, the password or the code is not the right one.",
)
TOO_MANY_ATTEMPTS = Sentence(
    "too-many-attempts",
    "Trop d'essais. Réessayez dans {seconds} secondes.",
    "Too many attempts. Try again in {seconds} seconds.",
)
SESSION_OVER = Sentence(
    "session-over",
    "Votre session est terminée. Connectez-vous de nouveau.",
    "Your session is over. Sign in again.",
)
FORM_NOT_OURS = Sentence(
    "form-not-ours",
    "Ce formulaire ne vient pas de cette session. Rechargez la page et recommencez.",
    "This form does not come from this session. Load the page again and start over.",
)
LINK_REFUSED = Sentence(
    "link-refused",
    "Ce lien est inconnu, expiré ou déjà utilisé. Demandez-en un autre à qui vous l'a envoyé.",
    "This link is unknown, expired or used already. Ask who sent it for another one.",
)
PERSON_EXISTS = Sentence(
    "person-exists",
    "L'adresse {found} est déjà celle d'un compte de cette instance.",
    "The address {found} is that of an account of this instance already.",
)
PERSON_LOGIN = Sentence(
    "person-login",
    "« {found} » n'est pas une adresse électronique de {expected} caractères au plus.",
    "“{found}” is not an e-mail address of at most {expected} characters.",
)
PERSON_NAME = Sentence(
    "person-name",
    "Le nom d'une personne a de 1 à {expected} caractères, sans saut de ligne.",
    "A person's name has 1 to {expected} characters and no line break.",
)
PASSWORD_LENGTH = Sentence(
    "password-length",
    "Le mot de passe doit avoir de {least} à {most} caractères ; une phrase convient bien.",
    "The password must have {least} to {most} characters; a sentence does well.",
)
PASSWORD_GUESSABLE = Sentence(
    "password-guessable",
    "Ce mot de passe se devine : il répète un signe ou reprend votre adresse. Choisissez-en un autre.",
    "This password can be guessed: it repeats a sign or takes up your address. Choose another one.",
)
ROLE_UNKNOWN = Sentence(
    "role-unknown",
    "« {found} » n'est pas un rôle. Attendu : {expected}.",
    "“{found}” is not a role. Expected: {expected}.",
)
LAST_ADMINISTRATOR = Sentence(
    "last-administrator",
    "C'est le dernier administrateur de {member} : nommez-en d'abord un autre.",
    "This is the last administrator of {member}: appoint another one first.",
)
PASSKEY_REFUSED = Sentence(
    "passkey-refused",
    "Cette clé d'accès n'est pas acceptée. Rechargez la page et recommencez.",
    "This passkey is not accepted. Load the page again and start over.",
)
TOO_MANY_PASSKEYS = Sentence(
    "too-many-passkeys",
    "Vous avez déjà {expected} clés d'accès : supprimez-en une d'abord.",
    "You have {expected} passkeys already: remove one first.",
)
