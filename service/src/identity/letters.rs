//! What is written to people about their account, in their language.

use servicedesk_domain::identity::EmailAddress;
use servicedesk_domain::kernel::Language;

use crate::mail::Mail;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letter<'a> {
    /// Somebody registers with the address: this is the code that confirms it.
    Confirm(&'a str),
    /// Somebody registers with the address, and it has an account already.
    HasAccount,
    /// Somebody wants to choose another password: this is the code for it.
    Reset(&'a str),
    /// Somebody is invited to get a login: this is the code for it.
    Invitation(&'a str),
}

impl Letter<'_> {
    /// The message. A code has a line of its own, so that it can be copied whole.
    pub(super) fn to(self, to: EmailAddress, language: Language) -> Mail {
        let (subject, text) = match language {
            Language::En => self.in_english(),
            Language::Ru => self.in_russian(),
        };
        Mail { to, subject: subject.to_owned(), text }
    }

    fn in_english(self) -> (&'static str, String) {
        match self {
            Self::Confirm(code) => (
                "Confirm your e-mail address",
                format!(
                    "Hello,\n\nsomebody, probably you, has registered with this e-mail address.\n\
                     To finish, enter this code and the password that you chose:\n\n{code}\n\n\
                     The code is valid for 24 hours. If it was not you, ignore this message:\n\
                     without the code there is no account.\n"
                ),
            ),
            Self::HasAccount => (
                "You already have an account",
                "Hello,\n\nsomebody, probably you, wanted to register with this e-mail address.\n\
                 You already have an account with it: log in as before. If you have forgotten\n\
                 your password, you can choose another there.\n\n\
                 If it was not you, ignore this message. Nothing was changed.\n"
                    .to_owned(),
            ),
            Self::Reset(code) => (
                "Choose a new password",
                format!(
                    "Hello,\n\nsomebody, probably you, wants to choose a new password for your\n\
                     account. To do so, enter this code:\n\n{code}\n\n\
                     The code is valid for one hour and works once. If it was not you, ignore this\n\
                     message: your password stays as it is.\n"
                ),
            ),
            Self::Invitation(code) => (
                "You are invited to the service desk",
                format!(
                    "Hello,\n\nan account at the service desk is ready for you. To choose your password\n\
                     and log in, enter this code:\n\n{code}\n\n\
                     The code is valid for seven days and works once. If you did not expect this\n\
                     message, ignore it: without the code nobody can use the account.\n"
                ),
            ),
        }
    }

    fn in_russian(self) -> (&'static str, String) {
        match self {
            Self::Confirm(code) => (
                "Подтвердите адрес электронной почты",
                format!(
                    "Здравствуйте!\n\nНа этот адрес зарегистрирована учётная запись. Чтобы завершить \
                     регистрацию, введите код и пароль, который вы указали:\n\n{code}\n\n\
                     Код действует 24 часа. Если вы не регистрировались, не отвечайте на это \
                     письмо: без кода учётная запись не будет создана.\n"
                ),
            ),
            Self::HasAccount => (
                "У вас уже есть учётная запись",
                "Здравствуйте!\n\nС этим адресом электронной почты пытались зарегистрироваться. У вас \
                 уже есть учётная запись: войдите как обычно. Если вы забыли пароль, его можно \
                 сменить на странице входа.\n\nЕсли это были не вы, не отвечайте на это письмо. \
                 Ничего не изменилось.\n"
                    .to_owned(),
            ),
            Self::Reset(code) => (
                "Смена пароля",
                format!(
                    "Здравствуйте!\n\nДля вашей учётной записи запрошена смена пароля. Чтобы задать \
                     новый пароль, введите код:\n\n{code}\n\nКод действует один час и только один \
                     раз. Если это были не вы, не отвечайте на это письмо: пароль останется \
                     прежним.\n"
                ),
            ),
            Self::Invitation(code) => (
                "Приглашение в службу поддержки",
                format!(
                    "Здравствуйте!\n\nДля вас создана учётная запись в службе поддержки. Чтобы задать \
                     пароль и войти, введите код:\n\n{code}\n\nКод действует семь дней и только \
                     один раз. Если вы не ожидали этого письма, не отвечайте на него: без кода \
                     войти в учётную запись нельзя.\n"
                ),
            ),
        }
    }
}
