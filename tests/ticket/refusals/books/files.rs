//! What is refused of files and of messages that have them (T2).

use serde_json::json;
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::file::FileId;

use crate::support::app::{opening, with};
use crate::support::files::upload_of;
use crate::ticket::refusals::Desk;

impl Desk {
    pub(super) async fn files(&mut self) {
        let customer = self.customer.clone();
        for (further, code, field) in [
            (json!({ "name": "a/b" }), "BAD_FILE_NAME", "name"),
            (json!({ "type": "png" }), "BAD_MEDIA_TYPE", "type"),
            (json!({ "size": 0 }), "SIZE_OUT_OF_RANGE", "size"),
            (json!({ "sha256": "ab" }), "BAD_CHECKSUM", "sha256"),
        ] {
            let input = with(upload_of("a.log", 1), &further);
            let answer = self.expect(&customer, "requestUpload", input, code).await;
            assert_eq!(answer.payload()["userErrors"][0]["field"], json!(["input", field]));
        }
        let collector = self.app.customer("Collector").await;
        let large = upload_of("a.bin", 128 * 1024 * 1024);
        for _ in 0..32 {
            self.expect(&collector, "requestUpload", large.clone(), "ok").await;
        }
        self.app.settle().await;
        self.expect(&collector, "requestUpload", large, "QUOTA_EXCEEDED").await;
        let ticket = customer.expect_opened("bug_report").await;
        for (who, name) in
            [(&customer, "openTicket"), (&customer, "addReply"), (&self.agent.clone(), "addNote")]
        {
            let taken = self.app.uploaded(who, "a.log", b"1").await;
            let sound = |files: serde_json::Value| match name {
                "openTicket" => with(opening("bug_report"), &json!({ "fileIds": files })),
                _ => json!({ "ticketId": ticket["id"], "text": "A text", "fileIds": files }),
            };
            self.expect(who, name, sound(json!([taken])), "ok").await;
            let (awaited, _) = who.expect_requested(upload_of("b.log", 1)).await;
            let none = global_id(FileId::named("none")).0;
            let id = |number: u32| global_id(FileId::named(&number.to_string())).0;
            let many: Vec<String> = (0..21).map(id).collect();
            for (files, code) in [
                (json!([taken]), "FILE_ATTACHED"),
                (json!([awaited]), "FILE_NOT_STORED"),
                (json!([none]), "FILE_NOT_FOUND"),
                (json!(many), "TOO_MANY_FILES"),
            ] {
                self.expect(who, name, sound(files), code).await;
            }
        }
    }
}
