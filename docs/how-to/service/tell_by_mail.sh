#!/bin/sh
# on_trip / on_stale: send the message as a mail, by the sendmail of this computer.
#   on_trip: [/usr/local/lib/isostack/tell_by_mail.sh, lab@example.org]
# In the system service: a sendmail without set-user-id or set-group-id, such as msmtp-mta's.
# The message is the standard input; ISOSTACK_RUN and ISOSTACK_WHY are in the environment.
set -eu
PATH="$PATH:/usr/sbin"
{
    printf 'To: %s\nSubject: isostack %s: %s\n' "$1" "$ISOSTACK_RUN" "$(printf %s "$ISOSTACK_WHY" | tr '\r\n' '  ')"
    printf 'Content-Type: text/plain; charset=utf-8\n\n'
    cat
} | sendmail -i -- "$1"
