-- A graph that was put away: its runs stay, and name their versions. Saving one of that name brings it back as a new version.
alter table job_graphs add column removed_at timestamptz;
