//! Customers who go on asking, and remember what they were told.

use std::net::SocketAddr;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::{category, mutation, product};
use crate::support::process::send;

/// A command that was answered.
pub(super) struct Acknowledged {
    pub(super) key: Uuid,
    pub(super) position: i64,
    /// A text that no other command has.
    pub(super) text: String,
}

/// A command that is to be sent until it is answered, always under the same key.
#[derive(Clone)]
struct Wish {
    key: Uuid,
    text: String,
    mutation: &'static str,
    input: Value,
}

/// A customer at work.
pub(super) struct Worker {
    pub(super) token: String,
    pub(super) acknowledged: Vec<Acknowledged>,
    number: u32,
    tickets: Vec<String>,
    wishes: u32,
    unanswered: Option<Wish>,
    client: reqwest::Client,
}

impl Worker {
    pub(super) fn new(number: u32, token: String) -> Self {
        Self {
            token,
            number,
            acknowledged: Vec::new(),
            tickets: Vec::new(),
            wishes: 0,
            unanswered: None,
            client: reqwest::Client::new(),
        }
    }

    /// Sends one command after another until one is not answered.
    pub(super) async fn work(&mut self, address: SocketAddr) {
        while self.next(address).await {}
    }

    /// Sends so many commands, all of which must be answered; first of all what was not answered.
    pub(super) async fn work_on(&mut self, address: SocketAddr, count: usize) {
        for _ in 0..count {
            assert!(self.next(address).await, "a living service does not answer");
        }
    }

    /// Sends what was not answered, if there is something.
    pub(super) async fn retry(&mut self, address: SocketAddr) {
        if self.unanswered.is_some() {
            self.work_on(address, 1).await;
        }
    }

    /// Whether a whole answer came.
    async fn next(&mut self, address: SocketAddr) -> bool {
        let wish = self.unanswered.take().unwrap_or_else(|| self.wish());
        let request = request(&wish);
        let Ok(answer) = send(&self.client, address, &self.token, &request).await else {
            self.unanswered = Some(wish);
            return false;
        };
        let payload = &answer["data"][wish.mutation];
        assert_eq!(payload["userErrors"], json!([]), "{answer}");
        let position = payload["position"].as_str().and_then(|text| text.parse().ok());
        let position = position.expect("a position");
        if wish.mutation == "openTicket" {
            self.tickets.push(payload["ticket"]["id"].as_str().expect("an id").to_owned());
        }
        self.acknowledged.push(Acknowledged { key: wish.key, position, text: wish.text });
        true
    }

    /// Another ticket now and then, and replies to them.
    fn wish(&mut self) -> Wish {
        self.wishes += 1;
        let text = format!("Wish {} of customer {}.", self.wishes, self.number);
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
        let ticket = self.tickets.get(self.wishes as usize % self.tickets.len().max(1));
        let (mutation, mut input) = match ticket {
            Some(ticket) if !self.wishes.is_multiple_of(4) => {
                ("addReply", json!({ "ticketId": ticket }))
            }
            _ => (
                "openTicket",
                json!({ "categoryId": category("bug_report"), "productId": product("utility"),
                        "subject": "A request" }),
            ),
        };
        input["text"] = json!(text);
        input["idempotencyKey"] = json!(key);
        Wish { key, text, mutation, input }
    }
}

/// A reply asks for nothing but its position, because the ticket would wait for the read models: the
/// answer is to come at the very moment at which the log has promised to keep it.
fn request(wish: &Wish) -> Value {
    if wish.mutation == "openTicket" {
        return mutation(wish.mutation, &wish.input);
    }
    let query = "mutation($input: AddReplyInput!) { addReply(input: $input) { position \
         userErrors { ... on TicketError { code } } } }";
    json!({ "query": query, "variables": { "input": wish.input } })
}
