"""Who gets what at which address: every address × everybody × their own and a foreign case.

A row is an address and a method; what is not in a row is refused: 405, or the door for who is not signed
in. The columns are those of ``DESK``, ``KEYS`` and ``VOLUNTEERS``; the last but one of the desk's is a
case of others, for investigator, lead and custodian alike, and for one who is all three.

"door": led to sign in. "done": it was done, or led on. 409: permitted, and not in this state. 400: permitted,
and what was sent does not hold.
"""

DESK = ("nobody", "half", "caseless", "investigator", "lead", "custodian", "elsewhere", "administrator")
OF_THE_DESK = """
healthz                          GET  503   503   503   503   503   503   503   503
set_language                     GET  done  done  done  done  done  done  done  done
set_language                     POST done  done  done  done  done  done  done  done
account_login                    GET  200   done  done  done  done  done  done  done
account_login                    POST 200   200   200   200   200   200   200   200
mfa_authenticate                 GET  door  done  done  done  done  done  done  done
mfa_authenticate                 POST door  done  done  done  done  done  done  done
let_in                           GET  404   404   404   404   404   404   404   404
mfa_index                        GET  door  200   200   200   200   200   200   200
set_up_app                       GET  door  done  done  done  done  done  done  done
set_up_app                       POST door  done  done  done  done  done  done  done
add_passkey                      GET  door  done  200   200   200   200   200   200
add_passkey                      POST door  done  200   200   200   200   200   200
new_recovery_codes               POST door  done  200   200   200   200   200   200
remove_factor                    POST door  done  404   404   404   404   404   404
account_reauthenticate           GET  door  200   200   200   200   200   200   200
account_reauthenticate           POST door  200   200   200   200   200   200   200
end_sessions                     POST door  done  done  done  done  done  done  done
admin:logout                     POST 200   200   200   200   200   200   200   200
admin:index                      GET  door  door  200   200   200   200   200   200
admin:queue                      GET  door  door  200   200   200   200   200   200
admin:take_next                  POST door  door  done  done  done  done  done  done
admin:review                     GET  door  door  404   200   200   200   404   200
admin:take                       POST door  door  404   done  done  403   404   403
admin:release                    POST door  door  404   409   409   403   404   403
admin:skip                       POST door  door  404   409   409   403   404   403
admin:decide                     POST door  door  404   409   409   403   404   403
admin:retry                      POST door  door  404   409   409   403   404   403
admin:evidence                   GET  door  door  404   200   200   200   404   200
admin:judge_match                POST door  door  404   done  done  403   404   403
admin:request_checks             POST door  door  404   done  done  403   404   403
admin:tie                        POST door  door  404   done  done  403   404   403
admin:attest                     POST door  door  404   400   400   403   404   403
admin:ask_for_review             POST door  door  404   done  done  403   404   403
admin:media                      GET  door  door  404   200   200   200   404   200
admin:original                   POST door  door  404   200   200   403   404   403
admin:claims                     GET  door  door  200   200   200   200   200   200
admin:claim                      GET  door  door  404   200   200   200   404   200
admin:new_claim                  GET  door  door  404   200   200   200   404   200
admin:open_claim                 POST door  door  404   done  done  403   404   403
admin:new_sub_claim              GET  door  door  404   200   200   200   404   200
admin:open_sub_claim             POST door  door  404   done  done  403   404   403
admin:withdraw_claim             POST door  door  404   done  done  403   404   403
admin:tie_evidence               POST door  door  404   done  done  403   404   403
admin:verdicts                   GET  door  door  200   200   200   200   200   200
admin:verdict_form               GET  door  door  404   200   200   200   404   200
admin:write_verdict              POST door  door  404   done  done  403   404   403
admin:approve_verdict            POST door  door  404   403   done  403   404   403
admin:return_verdict             POST door  door  404   403   409   403   404   403
admin:publish_verdict            POST door  door  404   403   409   403   404   403
admin:propose_retraction         POST door  door  404   403   409   403   404   403
admin:cases                      GET  door  door  200   200   200   200   200   200
admin:new_case                   GET  door  door  403   403   403   403   403   200
admin:open_case                  POST door  door  403   403   403   403   403   done
admin:case                       GET  door  door  404   200   200   200   404   200
admin:case_custody               GET  door  door  404   200   200   200   404   200
admin:add_member                 POST door  door  404   403   403   403   404   done
admin:remove_member              POST door  door  404   403   403   403   404   done
admin:submissions                GET  door  door  200   200   200   200   200   200
admin:submission                 GET  door  door  404   200   200   200   404   200
admin:propose_reading            POST door  door  404   403   403   done  404   403
admin:send_in_form               GET  door  door  404   200   200   403   404   403
admin:send_in                    POST door  door  404   done  done  403   404   403
admin:proposals                  GET  door  door  200   200   200   200   200   200
admin:proposal                   GET  door  door  404   200   200   200   404   200
admin:agree                      POST door  door  404   403   403   done  404   403
admin:refuse                     POST door  door  404   403   403   done  404   403
admin:withdraw_proposal          POST door  door  404   403   403   403   404   403
admin:read_source                POST door  door  404   403   403   403   404   403
admin:partners                   GET  door  door  403   403   403   403   403   200
admin:open_partner               POST door  door  403   403   403   403   403   done
admin:partner                    GET  door  door  403   403   403   403   403   200
admin:grant_case                 POST door  door  404   404   404   404   404   done
admin:withdraw_case              POST door  door  404   404   404   404   404   done
admin:issue_key                  POST door  door  404   404   404   404   404   200
admin:revoke_key                 POST door  door  404   404   404   404   404   done
admin:account                    GET  door  door  403   403   403   403   403   200
admin:take_factors               POST door  door  403   403   403   403   403   done
admin:end_account_sessions       POST door  door  403   403   403   403   403   done
admin:let_account_in             POST door  door  403   403   403   403   403   200
admin:login                      GET  200   done  done  done  done  done  done  done
admin:login                      POST 200   200   200   200   200   200   200   200
admin:password_change            GET  door  door  200   200   200   200   200   200
admin:password_change            POST door  door  200   200   200   200   200   200
admin:password_change_done       GET  door  door  200   200   200   200   200   200
admin:jsi18n                     GET  door  door  200   200   200   200   200   200
admin:auth_user_password_change  GET  door  door  403   403   403   403   403   200
admin:auth_user_password_change  POST door  door  403   403   403   403   403   done
admin:auth_user_changelist       GET  door  door  403   403   403   403   403   200
admin:auth_user_changelist       POST door  door  403   403   403   403   403   200
admin:auth_user_add              GET  door  door  403   403   403   403   403   200
admin:auth_user_add              POST door  door  403   403   403   403   403   done
admin:auth_user_change           GET  door  door  403   403   403   403   403   200
admin:auth_user_change           POST door  door  403   403   403   403   403   done
"""

KEYS = ("none", "wrong", "expired", "revoked", "verdicts", "evidence", "lookup", "webhooks", "elsewhere")
OF_THE_API = """
api:verdicts   GET 401 401 401 401 200 403 403 403 200
api:changes    GET 401 401 401 401 200 403 403 403 200
api:heads      GET 401 401 401 401 200 403 403 403 200
api:claims     GET 401 401 401 401 200 403 403 403 200
api:verdict    GET 401 401 401 401 200 403 403 403 404
api:versions   GET 401 401 401 401 200 403 403 403 404
api:claim      GET 401 401 401 401 200 403 403 403 404
api:evidence   GET 401 401 401 401 403 200 403 403 404
api:schema     GET 200 200 200 200 200 200 200 200 200
api:docs       GET 200 200 200 200 200 200 200 200 200
"""

VOLUNTEERS = ("open", "closed", "code", "wrong")
OF_THE_VOLUNTEERS = """
volunteers:doors       GET  200  200  200  200
volunteers:open_cases  GET  200  200  200  200
volunteers:send        GET  200  404  200  200
volunteers:send        POST 200  404  200  200
volunteers:look        GET  200  200  200  200
volunteers:look        POST 400  400  200  404
volunteers:add         GET  done done done done
volunteers:add         POST 400  400  200  404
"""


def rows(table: str, columns: tuple[str, ...]) -> dict[tuple[str, str], dict[str, str]]:
    """A table by address and method: what each column is answered."""
    found = {}
    for line in table.split("\n"):
        if line:
            name, method, *told = line.split()
            found[name, method] = dict(zip(columns, told, strict=True))
    return found
