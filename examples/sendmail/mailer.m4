dnl mailer.m4 - for the end of sendmail.mc: a mailer that delivers to "ruamill
dnl pipe". Which addresses it gets, the mailertable says; it takes whole domains:
dnl     reports.example.org     ruamill:reports.example.org
dnl F: one recipient a message (no "m"), addresses and message as they are.
MAILER_DEFINITIONS
Mruamill,	P=/usr/local/bin/ruamill, F=lhun8, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP/HdrFromSMTP, U=ruamill:ruamill, T=DNS/RFC822/X-Unix,
		A=ruamill pipe -c /usr/local/etc/ruamill/ruamill.conf --rcpt $u --from $g --queue-id $i
