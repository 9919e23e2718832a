-- How a node is connected to where it does not speak TLS from the first byte: 'required' hands over no mail in clear.
alter table nodes add column starttls text not null default 'opportunistic'
  check (starttls in ('opportunistic', 'required'));
-- PEM. The only authorities that vouch for it; null: those that the system trusts.
alter table nodes add column tls_ca text;
-- Name that its certificate must have; null: its host.
alter table nodes add column tls_server_name text;
