"""Experiments with processes, records and evidence: what must be true, and the tests that show it."""

from collections.abc import Mapping

from tests.machine.experiment import CUTOVER, Experiment

FIRST: Mapping[str, Experiment] = {
    "D1": Experiment(
        "kill -9 before or after any call or ledger line",
        "The next command says what is live; the way back works from there, and so does going on, without a step that"
        " was not earned.",
        (
            f"{CUTOVER}/test_after_a_kill.py::test_killed_anywhere_the_next_sees_what_is_live_and_can_go_back",
            f"{CUTOVER}/test_killed.py::test_a_run_killed_anywhere_goes_on_to_the_top",
            f"{CUTOVER}/test_killed.py::test_a_failing_run_killed_anywhere_ends_at_ecs",
            f"{CUTOVER}/test_killed.py::test_a_rollback_killed_anywhere_is_finished_by_the_next",
            f"{CUTOVER}/test_killed.py::test_a_shift_killed_anywhere_leaves_what_a_run_takes_up",
            "machine/test_state_machine.py::test_nothing_that_must_never_be_ever_is",
            "rehearsal/test_rehearsals.py::test_killed_with_its_change_pending_another_process_sees_it_through",
        ),
    ),
    "D2": Experiment(
        "Two operators on two machines shift at once",
        "One changes something, the other is refused (exit 7) and told who is at work.",
        (
            "integration/cutover/test_two_operators.py"
            "::test_of_two_who_shift_at_once_one_does_and_after_its_death_its_lease_can_be_broken",
            f"{CUTOVER}/ledger/test_table_lease.py::test_only_one_machine_holds_it_and_the_other_is_told_who",
            f"{CUTOVER}/test_run_trouble.py::test_two_at_once_are_one_too_many",
            "rehearsal/test_rehearsals.py::test_a_second_person_is_told_who_is_at_work",
        ),
    ),
    "D3": Experiment(
        "Whoever holds the lease is dead or asleep",
        "It ends by itself in time, or somebody breaks it by typing the holder's name, with a ledger line; the old"
        " holder raises nothing afterwards.",
        (
            f"{CUTOVER}/ledger/test_table_lease.py"
            "::test_a_dead_holders_lease_is_free_after_its_time_and_a_margin_for_clocks",
            f"{CUTOVER}/test_lock.py::test_breaking_writes_down_whose_lease_and_why_before_it_breaks",
            f"{CUTOVER}/test_lock.py::test_another_name_breaks_nothing",
            f"{CUTOVER}/test_lock.py::test_a_run_whose_lease_was_broken_stops_before_it_raises",
        ),
    ),
    "D4": Experiment(
        "Somebody edits the weights by hand during a bake",
        "The run stops with the difference (exit 5) and sets nothing right by itself; a rollback still works.",
        (
            f"{CUTOVER}/test_run_trouble.py::test_records_changed_by_hand_stop_it_untouched",
            f"{CUTOVER}/test_status_trouble.py::test_a_drift_is_shown_with_its_difference",
            f"{CUTOVER}/test_rollback.py::test_weights_that_drifted_go_back_too",
            "rehearsal/test_rehearsals.py::test_a_hand_edit_is_shown_field_by_field_and_undone_by_a_person_alone",
        ),
    ),
    "D5": Experiment(
        "Another TTL, target or field, a third record, a simple one, a missing IPv6 twin",
        "Whatever is not as it must be is named with its record, before anything is sent.",
        (
            f"{CUTOVER}/core/test_zone.py::test_what_is_wrong_is_named",
            f"{CUTOVER}/test_doctor_records.py::test_records_that_can_not_be_shifted_are_named",
            f"{CUTOVER}/test_doctor_records.py::test_a_ttl_that_is_not_a_minute_is_told",
            f"{CUTOVER}/test_doctor_records.py::test_ipv6_on_one_side_only_must_be_mended",
            f"{CUTOVER}/test_drift.py::test_every_kind_of_edit_is_named_and_nothing_is_changed",
            f"{CUTOVER}/core/test_drifting.py::test_an_aliass_fields_have_names_of_their_own",
            f"{CUTOVER}/test_shift_rules.py::test_a_changed_target_is_a_drift_too",
            f"{CUTOVER}/test_bad_command_lines.py::test_records_that_are_no_split_stop_a_shift",
        ),
    ),
    "D6": Experiment(
        "The records change between reading and writing",
        "Route 53 itself refuses the exchange, as it deletes exactly what was read; that is a drift (exit 5), and what"
        " others wrote stays. A rollback reads again instead.",
        (
            f"{CUTOVER}/test_route53.py::test_a_change_deletes_what_was_read_and_creates_the_new",
            f"{CUTOVER}/test_route53_trouble.py::test_records_that_changed_meanwhile_are_never_overwritten",
            f"{CUTOVER}/test_shift.py::test_records_that_changed_during_the_question_are_not_overwritten",
            f"{CUTOVER}/test_rollback.py::test_records_that_change_meanwhile_are_read_again",
            f"{CUTOVER}/rehearsal/aws/test_aws_batch.py::test_a_batch_that_is_refused_half_way_changes_nothing",
        ),
    ),
    "D7": Experiment(
        "Route 53 throttles, is busy, fails, or its answer is lost after it has acted",
        "Tried again for a bounded time, after a look at the records where the answer was lost; one effective change.",
        (
            f"{CUTOVER}/test_route53_trouble.py::test_what_passes_is_tried_again_and_makes_one_change",
            f"{CUTOVER}/test_route53_trouble.py::test_a_change_whose_answer_was_lost_is_not_made_twice",
            f"{CUTOVER}/test_route53_trouble.py::test_after_thirty_seconds_it_is_over",
            f"{CUTOVER}/test_run_trouble.py::test_an_answer_that_was_lost_is_found_out_from_the_live_records",
        ),
    ),
    "D8": Experiment(
        "A change stays PENDING",
        "It is sent again, then given up (exit 11) with the way back; the gates are judged meanwhile, and no bake"
        " begins before every name server has it.",
        (
            f"{CUTOVER}/test_run_trouble.py::test_a_change_that_stays_pending_is_sent_again_and_then_given_up",
            f"{CUTOVER}/test_run.py::test_gates_are_judged_while_a_change_is_still_pending",
            f"{CUTOVER}/test_clock_trouble.py::test_a_bake_begins_when_every_name_server_has_the_change_however_late",
            f"{CUTOVER}/test_rollback_paths.py::test_pending_for_ever_is_told_with_the_other_path_and_stays_sticky",
        ),
    ),
    "D9": Experiment(
        "CloudWatch answers nothing, a part, no numbers, out of order, in pages, or for the newest minute only",
        "Never a pass: what is not complete is no answer, and a hold says what is missing.",
        (
            f"{CUTOVER}/test_cloudwatch.py::test_whatever_cloudwatch_leaves_out_never_passes",
            f"{CUTOVER}/test_cloudwatch.py::test_an_answer_that_is_not_complete_is_no_answer",
            f"{CUTOVER}/test_cloudwatch.py::test_pages_are_put_together_by_id_whatever_their_order",
            f"{CUTOVER}/test_cloudwatch.py::test_points_in_any_order_are_the_same_points",
            f"{CUTOVER}/test_run.py::test_missing_telemetry_never_advances_and_never_rolls_back",
        ),
    ),
    "D10": Experiment(
        "A wrong region, API id or dimension in the settings",
        "The doctor finds no data point of that side in a day, and names namespace, dimensions and region.",
        (
            f"{CUTOVER}/test_doctor_sides.py::test_a_side_that_cloudwatch_never_heard_of_is_named_by_its_dimensions",
            f"{CUTOVER}/test_doctor_sides.py::test_one_data_point_is_enough",
        ),
    ),
    "D11": Experiment(
        "CloudWatch is throttled for four looks, or for an hour",
        "Four looks cost their time; an hour holds, leaves the weights and pages once, after five minutes. Nothing"
        " rolls back for want of telemetry alone.",
        (
            f"{CUTOVER}/test_blind.py::test_a_cloudwatch_that_is_throttled_for_four_polls_costs_nothing_but_time",
            f"{CUTOVER}/test_blind.py::test_an_hour_without_telemetry_holds_leaves_the_weights_and_pages_once",
            f"{CUTOVER}/test_blind.py::test_the_page_comes_after_five_minutes",
            "rehearsal/test_rehearsals.py::test_without_telemetry_it_holds_and_never_advances",
        ),
    ),
    "D12": Experiment(
        "Too few requests",
        "The bake goes on until there are enough, and says how many it has of how many; nothing passes before.",
        (
            f"{CUTOVER}/core/test_bake.py::test_time_alone_is_not_enough",
            f"{CUTOVER}/core/test_bake.py::test_lack_of_samples_does_not_stop_it",
            f"{CUTOVER}/core/test_judge.py::test_a_rate_in_the_band_is_told_from_too_few_requests",
        ),
    ),
    "D13": Experiment(
        "A spike of a minute, a slow drift, a rate or p95 exactly at a limit",
        "Below the pass limit passes, above the fail limit fails where it is not chance, and between, the limits"
        " included, holds.",
        (
            f"{CUTOVER}/core/test_judge.py::test_error_rates_meet_the_documented_limits",
            f"{CUTOVER}/core/test_judge.py::test_p95_meets_the_documented_limits",
            f"{CUTOVER}/core/test_judge.py::test_chance_in_a_single_minute_is_no_outage",
            f"{CUTOVER}/core/test_judge.py::test_an_outage_is_found_although_days_were_healthy",
            f"{CUTOVER}/core/test_sequential.py::test_a_steady_rate_fails_over_two_percent_when_it_is_not_chance",
            f"{CUTOVER}/core/test_simulation.py::test_a_healthy_service_is_hardly_ever_rolled_back",
            f"{CUTOVER}/core/test_simulation.py::test_trouble_is_found_soon",
        ),
    ),
    "D14": Experiment(
        "ECS fails as Lambda does",
        "A common cause: held, told, and no traffic moved from one broken side to the other.",
        (
            f"{CUTOVER}/core/test_judge.py::test_both_sides_failing_alike_is_a_common_cause",
            "rehearsal/test_rehearsals.py::test_both_sides_failing_alike_are_held_and_nothing_is_moved",
            f"{CUTOVER}/test_run.py::test_a_cause_that_both_sides_share_holds_instead_of_rolling_back",
            f"{CUTOVER}/core/test_judge.py::test_a_lambda_that_is_far_worse_than_a_failing_ecs_still_fails",
        ),
    ),
    "D15": Experiment(
        "ECS has no or too few tasks when traffic goes back",
        "The rollback goes on, asks for the tasks beside it, and says what is missing.",
        (
            f"{CUTOVER}/test_rollback_beside.py::test_ecs_gets_the_tasks_it_had_when_it_had_all_traffic",
            f"{CUTOVER}/test_rollback_beside.py::test_where_the_ledger_does_not_know_it_is_the_warm_floor",
            f"{CUTOVER}/test_rollback_beside.py::test_an_ecs_that_can_not_be_asked_is_a_warning",
            f"{CUTOVER}/test_rollback_beside.py::test_an_ecs_that_does_not_answer_is_not_waited_for",
            f"{CUTOVER}/core/test_safety.py::test_at_the_top_ecs_keeps_its_warm_floor",
        ),
    ),
}
