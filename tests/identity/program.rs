//! The real program: a customer is recognised after it was killed, and what it says of itself names
//! nobody and no secret.

use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::app::mutation;
use crate::support::browser::{PASSWORD, code_in, registration};
use crate::support::process::{Server, program};

const ANNA: &str = "anna@example.com";

#[tokio::test]
async fn a_customer_is_recognised_after_a_crash_and_the_log_lines_name_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = folder.path().join("lines");
    let server = start(folder.path(), &lines).await;
    let (answer, cookie) = ask(&server, None, mutation("register", &registration(ANNA))).await;
    assert_eq!(answer["data"]["register"]["userErrors"], json!([]), "{answer}");
    assert_eq!(cookie, None);
    let mut mails = std::fs::read_dir(folder.path().join("data/mail")).expect("messages");
    let message = mails.next().expect("a message").expect("a file").path();
    let code = code_in(&std::fs::read_to_string(message).expect("a text"));
    let input = json!({ "code": code, "password": PASSWORD });
    let (answer, cookie) = ask(&server, None, mutation("confirmEmail", &input)).await;
    let cookie = cookie.unwrap_or_else(|| panic!("no cookie: {answer}"));
    let wrong = json!({ "email": ANNA, "password": "not the one of anna" });
    let (answer, _) = ask(&server, None, mutation("logIn", &wrong)).await;
    assert_eq!(answer["data"]["logIn"]["userErrors"][0]["code"], "WRONG_CREDENTIALS");
    let viewer = json!({ "query": "{ viewer { email } }" });
    let metrics = metrics(&server).await;
    server.kill().await;

    let server = start(folder.path(), &lines).await;
    let (answer, _) = ask(&server, Some(&cookie), viewer).await;
    assert_eq!(answer["data"]["viewer"]["email"], ANNA, "{answer}");
    server.stop().await;

    let said = std::fs::read_to_string(&lines).expect("lines");
    assert!(said.lines().count() > 5, "{said}");
    assert!(metrics.contains("servicedesk_log_in_failures 1"), "{metrics}");
    let (_, token) = cookie.split_once('=').expect("a pair");
    for secret in [ANNA, PASSWORD, "not the one of anna", token, &code] {
        assert!(!said.contains(secret), "{secret} is in the log lines");
        assert!(!metrics.contains(secret), "{secret} is in the metrics");
    }
}

/// Starts the program, whose lines are added to a file.
async fn start(folder: &Path, lines: &Path) -> Server {
    let mut command = program(folder);
    let lines = File::options().create(true).append(true).open(lines).expect("a file");
    command.env("SERVICEDESK_LOG", "debug").stderr(lines);
    Server::start_as(command).await
}

/// Sends a request as a browser does, and gives the answer and the cookie that came with it.
async fn ask(server: &Server, cookie: Option<&str>, request: Value) -> (Value, Option<String>) {
    let url = format!("http://{}", server.address);
    let mut sent =
        reqwest::Client::new().post(format!("{url}/graphql")).header("origin", &url).json(&request);
    if let Some(cookie) = cookie {
        sent = sent.header("cookie", cookie);
    }
    let answer = sent.send().await.expect("an answer");
    let set = answer.headers().get("set-cookie").map(|set| set.to_str().expect("a text"));
    let cookie = set.and_then(|set| set.split(';').next()).map(str::to_owned);
    (answer.json().await.expect("JSON"), cookie)
}

async fn metrics(server: &Server) -> String {
    let url = format!("http://{}/metrics", server.address);
    let answer = reqwest::get(url).await.expect("an answer");
    answer.text().await.expect("a text")
}
