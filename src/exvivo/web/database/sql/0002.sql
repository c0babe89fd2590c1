-- A job is a run of a study, or the simulation of its plan: one of each kind waits at a time. wishes
-- is the JSON of what was asked for beside the study, steps_of how many steps there are (0: not known).
ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'run';
ALTER TABLE jobs ADD COLUMN wishes TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN steps_of BIGINT NOT NULL DEFAULT 0;
DROP INDEX jobs_one_waiting;
CREATE UNIQUE INDEX jobs_one_waiting ON jobs (study, kind) WHERE state = 'waiting';
