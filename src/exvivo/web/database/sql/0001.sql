-- What the door remembers beside the studies: who may come in, what runs, and who did what.
-- The same statements make it in SQLite and in Postgres. Ids are random texts. Times are texts in
-- UTC (ISO 8601, to the second), but for jobs: theirs are seconds since 1970 by the clock of the
-- database, because hosts compare them.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    closed TEXT
);

-- Who a person is elsewhere: (oidc, issuer and subject) or (proxy, name).
CREATE TABLE identities (
    way TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (way, subject)
);

-- Passkeys; id and public key as base64url.
CREATE TABLE credentials (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    public_key TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    label TEXT NOT NULL,
    created TEXT NOT NULL,
    used TEXT
);
CREATE INDEX credentials_of_user ON credentials (user_id);

-- Who is signed in: the sha256 of the cookie, never the cookie.
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    way TEXT NOT NULL,
    created TEXT NOT NULL,
    seen TEXT NOT NULL,
    expires TEXT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- Links of one use; grants is the JSON of the roles that come with it.
CREATE TABLE invitations (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    grants TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    used TEXT
);

-- What a person may do in a study; the study '' is the whole server.
CREATE TABLE roles (
    user_id TEXT NOT NULL REFERENCES users (id),
    study TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'analyst', 'coordinator', 'steward')),
    PRIMARY KEY (user_id, study)
);

-- A sign-in that has begun: the challenge of a passkey, or state, nonce and verifier of OIDC.
CREATE TABLE ceremonies (
    hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    states TEXT NOT NULL,
    expires TEXT NOT NULL
);

-- A run that somebody asked for. token grows with every worker that takes the job, so that one that
-- lost its lease can write nothing more. head is the head of the study's record when the job was
-- first taken: a row of a run behind it means that the run was made.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    study TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    worker TEXT,
    token BIGINT NOT NULL DEFAULT 0,
    lease DOUBLE PRECISION,
    head TEXT,
    begun DOUBLE PRECISION,
    ended DOUBLE PRECISION,
    stop BIGINT NOT NULL DEFAULT 0,
    steps BIGINT NOT NULL DEFAULT 0,
    step TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX jobs_one_running ON jobs (study) WHERE state = 'running';
CREATE UNIQUE INDEX jobs_one_waiting ON jobs (study) WHERE state = 'waiting';
CREATE INDEX jobs_of_study ON jobs (study, asked);

-- Who did what: the columns of the chain of a study's record, with the same hash.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    recorded TEXT NOT NULL,
    before TEXT NOT NULL,
    states TEXT NOT NULL,
    hash TEXT NOT NULL
);
