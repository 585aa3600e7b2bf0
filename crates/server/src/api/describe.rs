//! How a command is described in OpenAPI: built from the table of commands and the model's table of transitions, so that the
//! description says exactly who may give it in which stage.

use axum::routing::MethodRouter;
use huying_model::{
    Refusal,
    stage::Stage,
    table::{self, Row, Who},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, HttpMethod, ObjectBuilder, Ref, RefOr, Required, ResponseBuilder, Schema,
        path::{OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder},
        request_body::RequestBodyBuilder,
        schema::Type,
    },
};
use utoipa_axum::router::UtoipaMethodRouter;

use super::commands::{Done, Order};
use crate::{
    openapi::answers::{self, problem},
    problem::ProblemBody,
    state::AppState,
};

/// The command's route with its description.
pub fn command(order: &Order, route: MethodRouter<AppState>) -> UtoipaMethodRouter<AppState> {
    let body = (order.body)();
    let (code, path) = (order.name.code(), path(order));
    let request = RequestBodyBuilder::new()
        .content("application/json", Content::new(Some(body.schema)))
        .required(Some(Required::True))
        .build();
    let done = ResponseBuilder::new()
        .description("Done and durably stored")
        .content("application/json", Content::new(Some(Ref::from_schema_name(Done::name()))))
        .build();
    let operation = OperationBuilder::new()
        .operation_id(Some(code.replace('-', "_")))
        .tag("commands")
        .summary(Some(format!("{} {}", order.name.en(), order.name.zh())))
        .description(Some(table::find(order.name).map_or_else(String::new, |row| about(order, row))))
        .parameters(Some(parameters()))
        .request_body(Some(request))
        .response("200", done)
        .response("409", problem("The rules say no (a code of RefusalCode), or `conflict`: the case has moved on since If-Match"))
        .build();
    let paths = PathsBuilder::new().path(path, PathItem::new(HttpMethod::Post, operation)).build();
    let mut schemas = body.needs;
    schemas.push((Done::name().into_owned(), Done::schema()));
    (schemas, paths, route)
}

fn path(order: &Order) -> String {
    format!("/cases/{{id}}/commands/{}", order.name.code())
}

fn about(order: &Order, row: &Row) -> String {
    let stages: Vec<_> = row.from.iter().map(|stage| stage.code()).collect();
    let who: Vec<_> = row.who.iter().map(|who| words(*who)).collect();
    let to: Vec<_> = row.to.iter().copied().map(Stage::code).collect();
    let to = if to.is_empty() { "the stage stays".to_owned() } else { format!("leads to {}", to.join(", ")) };
    format!("{}\n\nAllowed in {}; {to}. By: {}.", order.about, stages.join(", "), who.join("; "))
}

/// Who it is, for the reader of the description.
fn words(who: Who) -> &'static str {
    match who {
        Who::Staff => "anyone signed in who may read the case",
        Who::Reporter => "the reporter",
        Who::System => "the platform itself",
        Who::Auditor => "an auditor",
        Who::Intake => "acceptor, operator or dispatcher of the custodian",
        Who::Dispatching => "dispatcher, acceptor or leader of the custodian",
        Who::Centre => "dispatcher or leader of the dispatching centre",
        Who::Custodian => "whoever works for the custodian",
        Who::Verifier => "grid worker or handler of the verifying team",
        Who::Spot => "grid worker of a team that serves the place",
        Who::Lead => "whoever works for the lead unit",
        Who::Part => "whoever works for the lead or an assisting unit",
        Who::Inspector => "an inspector for the custodian who had no part in the work",
        Who::CallerBack => "caller-back, operator, dispatcher or leader of the callback desk",
        Who::Leader => "a leader at or above the dispatching centre",
        Who::Supervisor => "a supervisor or leader at or above the dispatching centre",
        Who::Approver => "dispatcher or leader of the unit that decides the request",
        Who::Callee => "whoever works for a unit that was called",
        Who::Caller => "whoever works for a unit that called",
        Who::Fallback => "whoever works for the fallback owner",
        Who::Convener => {
            "the fallback owner of a difficult case, else the custodian or the dispatching centre"
        }
        Who::Attendant => "the leader who has the item in the queue",
        Who::Tracer => "whoever works for the unit that follows up",
    }
}

fn parameters() -> [utoipa::openapi::path::Parameter; 3] {
    let text = || RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(Type::String).build()));
    let header = |name: &str, about: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(text()))
            .build()
    };
    let id = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("Id or number of the case"))
        .schema(Some(text()))
        .build();
    [
        id,
        header("Idempotency-Key", "The same key with the same body happens once; kept for 60 days"),
        header("If-Match", "The ETag that the case was read with"),
    ]
}

/// Every refusal's code with its sentence, as a described list of values.
pub fn refusal_codes() -> RefOr<Schema> {
    let lines: Vec<_> =
        Refusal::CODES.iter().map(|(code, en, zh)| format!("- `{code}`: {en} {zh}")).collect();
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(format!("Why a command was refused (409).\n\n{}", lines.join("\n"))))
        .enum_values(Some(Refusal::CODES.iter().map(|(code, _, _)| *code)))
        .build();
    RefOr::T(Schema::Object(schema))
}

/// The shape of every problem.
pub fn problem_schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut all = vec![answers::problem_shape(), ("RefusalCode".to_owned(), refusal_codes())];
    ProblemBody::schemas(&mut all);
    all
}
