-- What a version's html was made from, so that it can be edited as it was written.
alter table template_versions add column mjml text;
