# The commands of the house. `make` alone lists them; everything longer than a line is a script
# in scripts/, so that it can be read, checked and run by itself.

# The cargo profile of what `run`, `demo` and `build` make: dev builds sooner, release runs faster,
# dist is what is shipped.
PROFILE ?= dev
# The cargo profile that `bench` measures.
BENCH_PROFILE ?= release
# How many cases `fuzz` draws for each database.
CASES ?= 100000
# More for the command line, for example: make run ARGS="--listen 0.0.0.0:8080"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run demo build test test-clients fuzz check bench schema graphiql clean-data

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .graphiql-if-possible ## Build and start the service (SQLite in ./data, or DATABASE_URL)
	cargo run --locked --profile $(PROFILE) -p servicedesk -- serve $(ARGS)

demo: .graphiql-if-possible ## The same with lively data in it
	cargo run --locked --profile $(PROFILE) -p servicedesk -- demo $(ARGS)

build: .graphiql-if-possible ## Build the program only
	cargo build --locked --profile $(PROFILE) -p servicedesk

test: ## Run every test, on SQLite and PostgreSQL (ARGS go to the test runner)
	@scripts/test $(ARGS)

test-clients: ## Run ordinary GraphQL clients against the program (needs npm and pip)
	@scripts/test-clients

fuzz: ## Send 100,000 documents and values that nobody thought of, on each database (CASES=…)
	@CASES=$(CASES) scripts/fuzz

check: ## Formatting, lints, documentation, schema, architecture, licences
	@scripts/check

bench: ## Measure the service beside its yardsticks (see docs/benchmarks.md)
	@scripts/with-postgres cargo bench --locked --profile $(BENCH_PROFILE) -p servicedesk --bench bench -- $(ARGS)

schema: ## Write web/schema.graphql from the code
	@mkdir -p target
	cargo run -q --locked -p servicedesk -- schema > target/schema.graphql
	mv target/schema.graphql web/schema.graphql

graphiql: ## Fetch the files of the GraphiQL page (needs npm)
	@scripts/graphiql

clean-data: ## Delete ./data, the database that `make run` made
	rm -rf data

# A missing npm must not keep anybody from starting the service.
.PHONY: .graphiql-if-possible
.graphiql-if-possible:
	@GRAPHIQL_MISSING_STATUS=0 scripts/graphiql
