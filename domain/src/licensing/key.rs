//! Licence keys (F6): what a customer pastes into a robot, which can check it without the network.
//! `docs/licence-keys.md` describes the format byte by byte.

pub mod text;

#[cfg(test)]
mod tests;

use ed25519_dalek::{SIGNATURE_LENGTH, Signature, Signer, SigningKey, VerifyingKey};
use uuid::Uuid;

use super::{AccountNumber, LicenceId, LicenceKind};
use crate::catalogue::ProductId;
use crate::kernel::Moment;

/// The version of the format that is written.
const FORMAT: u8 = 1;
/// How many bytes there are before the accounts.
const HEAD: usize = 39;

/// What tells a product from others in a key: the first eight bytes of its id.
pub type ProductTag = [u8; 8];

/// What a key says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// By which signing key it is signed.
    pub signing_key: u16,
    /// The licence.
    pub licence_id: LicenceId,
    /// The number of the licence's key, from 1.
    pub number: u16,
    /// For which product.
    pub product: ProductTag,
    /// On which terms.
    pub kind: LicenceKind,
    /// From when it is valid, in seconds since 1970.
    pub valid_from: u32,
    /// Until when, in seconds since 1970; none: without end.
    pub valid_until: Option<u32>,
    /// The accounts that it is bound to.
    pub account_numbers: Vec<AccountNumber>,
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// It is not written as a key is, or is a key of a format that is not known.
    #[error("this is not in the format of a licence key")]
    Malformed,
    /// Nobody who may has signed it.
    #[error("the key was not signed by the vendor")]
    Signature,
}

/// What tells this product from others in a key.
pub fn product_tag(product_id: ProductId) -> ProductTag {
    let bytes = product_id.uuid().into_bytes();
    std::array::from_fn(|at| bytes[at])
}

/// The second in which a moment is, since 1970. So a key never outlasts its licence, and begins in
/// the second in which that does.
pub fn second_of(moment: Moment) -> u32 {
    let seconds = moment.timestamp().clamp(0, i64::from(u32::MAX));
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

impl KeyFacts {
    /// The key as it is pasted.
    pub fn sign(&self, by: &SigningKey) -> String {
        let mut bytes = self.bytes();
        let signature = by.sign(&bytes);
        bytes.extend_from_slice(&signature.to_bytes());
        text::encode(&bytes)
    }

    /// Reads a key and checks its signature; `public_key` gives the vendor's key of a number.
    ///
    /// # Errors
    /// [`KeyProblem`], where it is none or nobody who may has signed it.
    pub fn read(
        key: &str,
        public_key: impl FnOnce(u16) -> Option<VerifyingKey>,
    ) -> Result<Self, KeyProblem> {
        let bytes = text::decode(key).ok_or(KeyProblem::Malformed)?;
        let split = bytes.len().checked_sub(SIGNATURE_LENGTH).ok_or(KeyProblem::Malformed)?;
        let (said, signature) = bytes.split_at(split);
        let facts = Self::parse(said).ok_or(KeyProblem::Malformed)?;
        let signature = Signature::from_slice(signature).map_err(|_| KeyProblem::Malformed)?;
        let public_key = public_key(facts.signing_key).ok_or(KeyProblem::Signature)?;
        // Strict: of one key there is one signature, and weak public keys are none.
        public_key.verify_strict(said, &signature).map_err(|_| KeyProblem::Signature)?;
        Ok(facts)
    }

    /// Whether the key says that this account may be traded with it.
    pub fn is_bound_to(&self, account: &AccountNumber) -> bool {
        self.account_numbers.iter().any(|one| one.is_same_account(account))
    }

    /// Whether by what it says its time has come.
    pub fn has_begun(&self, now: Moment) -> bool {
        now.timestamp() >= i64::from(self.valid_from)
    }

    /// Whether by what it says its time is over.
    pub fn has_ended(&self, now: Moment) -> bool {
        self.valid_until.is_some_and(|until| now.timestamp() >= i64::from(until))
    }

    /// What is signed.
    fn bytes(&self) -> Vec<u8> {
        let kind = match self.kind {
            LicenceKind::Rental => 0,
            LicenceKind::Unlimited => 1,
            LicenceKind::Affiliate => 2,
        };
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&self.signing_key.to_be_bytes());
        bytes.extend_from_slice(self.licence_id.uuid().as_bytes());
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&self.product);
        bytes.push(kind);
        bytes.extend_from_slice(&self.valid_from.to_be_bytes());
        // A key that ends at the first second of 1970 would be worth nothing, so 0 says: no end.
        bytes.extend_from_slice(&self.valid_until.map_or(0, |until| until.max(1)).to_be_bytes());
        bytes.push(u8::try_from(self.account_numbers.len()).unwrap_or(u8::MAX));
        for account in &self.account_numbers {
            let account = account.as_str().as_bytes();
            bytes.push(u8::try_from(account.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(account);
        }
        bytes
    }

    /// Reads what is signed. Nothing may be left over, and of one meaning there is one form.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_first_chunk::<HEAD>()?;
        let number_at = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
        let seconds_at =
            |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if head[0] != FORMAT {
            return None;
        }
        let kind = match head[29] {
            0 => LicenceKind::Rental,
            1 => LicenceKind::Unlimited,
            2 => LicenceKind::Affiliate,
            _ => return None,
        };
        let mut account_numbers = Vec::new();
        for _ in 0..head[38] {
            let (length, after) = rest.split_first()?;
            let (account, after) = after.split_at_checked(usize::from(*length))?;
            let written = str::from_utf8(account).ok()?;
            let account = AccountNumber::parse(written).ok()?;
            (account.as_str() == written).then(|| account_numbers.push(account))?;
            rest = after;
        }
        rest.is_empty().then_some(Self {
            signing_key: number_at(1),
            licence_id: LicenceId::new(Uuid::from_slice(&head[3..19]).ok()?),
            number: number_at(19),
            product: std::array::from_fn(|at| head[21 + at]),
            kind,
            valid_from: seconds_at(30),
            valid_until: Some(seconds_at(34)).filter(|until| *until > 0),
            account_numbers,
        })
    }
}
