"""Every sentence of the machinery's own, in the languages it speaks."""

from __future__ import annotations

# key -> the sentence in the order of `metadata.LANGUAGES`; {names} are filled in.
TABLE: dict[str, tuple[str, str]] = {
    # The screen at the end of a run.
    "passed_next": (
        "{passed} of {total} steps pass. The next one:",
        "{total}단계 중 {passed}단계 통과. 다음 단계:",
    ),
    "passed": ("{passed} of {total} steps pass", "{total}단계 중 {passed}단계 통과"),
    "ran_and_pass": (
        "{passed} of {total} steps ran, and pass.",
        "{total}단계 중 {passed}단계를 실행했고 모두 통과했습니다.",
    ),
    "green": ("Green: all {total} steps pass.", "초록: {total}단계가 모두 통과합니다."),
    "learned": ("What you have now", "이제 할 수 있는 것"),
    "refactor": ("Refactor: the third step is yours", "리팩터: 세 번째 단계는 여러분의 몫입니다"),
    "edit_then": ("edit {stub}, then: {again}", "{stub} 파일을 고친 뒤: {again}"),
    "look_closer": (
        "a closer look at the code: {command}",
        "코드를 더 살펴보려면: {command}",
    ),
    # A failed step.
    "smallest_case": ("smallest case that shows it", "실패를 보여 주는 가장 작은 예"),
    # Before Hypothesis has looked for a smaller one.
    "some_case": ("a case that shows it", "실패를 보여 주는 예"),
    "your_line": ("your line", "내 코드"),
    "steps_line": ("the step's line", "단계의 코드"),
    "place": ("{file}:{line}, in {function}", "{file}:{line}, {function} 안"),
    "unwritten": ("not written yet: {where}", "아직 작성하지 않았습니다: {where}"),
    "stub_missing": (
        "{stub} is missing: torchkata reset {name} brings it back",
        "{stub} 파일이 없습니다. 되살리려면: torchkata reset {name}",
    ),
    "when_imported": ("{stub}, when it is imported: {what}", "{stub} 파일을 불러올 때: {what}"),
    "not_python": ("{where} is not Python yet: {what}", "{where} 아직 Python이 아닙니다: {what}"),
    "name_missing": (
        "{stub} has no {name}: the steps need every name of the stub",
        "{stub} 파일에 {name} 이름이 없습니다. 단계에는 처음 파일의 이름이 모두 필요합니다",
    ),
    "no_import": ("{stub} cannot be imported: {what}", "{stub} 파일을 불러올 수 없습니다: {what}"),
    "endless": (
        "{what}: is there a loop that never ends?",
        "{what}: 끝나지 않는 반복이 있습니까?",
    ),
    "no_keyboard": (
        "breakpoint() needs a keyboard: save without it, or debug by torchkata run {name}",
        (
            "breakpoint()에는 키보드가 필요합니다. 지우고 저장하거나 torchkata run {name}으로 "
            "디버그하세요"
        ),
    ),
    "printed": ("what your code printed", "코드가 출력한 것"),
    "printed_end": (
        "what your code printed (the last {count} lines)",
        "코드가 출력한 것 (마지막 {count}줄)",
    ),
    # Labels. Padded by their width on the screen.
    "step": ("step", "단계"),
    "next": ("next", "다음"),
    "lesson": ("lesson", "수업"),
    "hints": ("hints", "힌트"),
    "more": ("more", "더"),
    "state_new": ("new", "시작 전"),
    "state_red": ("red", "빨강"),
    "state_green": ("green", "초록"),
    "state_refactored": ("refactored", "리팩터됨"),
    "state_lapsed": ("run again", "다시 실행"),
    # The command.
    "overview": ("{green} of {total} katas green", "카타 {total}개 중 {green}개 초록"),
    "you_are_at": ("You are at {name}: {title}", "지금 위치 {name}: {title}"),
    "everything_green": (
        "Every kata is green. What could be better in one of them? torchkata refactor",
        "모든 카타가 초록입니다. 더 다듬어 볼 것이 있을까요? torchkata refactor",
    ),
    "begin": (
        "Read the lesson, then write {stub}.",
        "수업을 읽고 {stub} 파일을 작성하세요.",
    ),
    "next_step": (
        "{passed} of {total} steps pass. Next is step {number}: {claim}",
        "{total}단계 중 {passed}단계 통과. 다음은 {number}단계: {claim}",
    ),
    "lapsed_code": (
        "your code has changed since it was {was} ({passed}/{total}): run it again",
        "{was}({passed}/{total}) 이후 코드가 바뀌었습니다. 다시 실행하세요",
    ),
    "lapsed_tests": (
        "its tests have changed since it was {was} ({passed}/{total}): run it again",
        "{was}({passed}/{total}) 이후 테스트가 바뀌었습니다. 다시 실행하세요",
    ),
    "after": ("after {names}", "먼저: {names}"),
    "hint_of": ("hint {number} of {total}", "힌트 {number}/{total}"),
    "hints_over": (
        "You have seen all {total} hints of {name}. Again: torchkata hint {name} --all",
        "{name}의 힌트 {total}개를 모두 보았습니다. 다시 보려면: torchkata hint {name} --all",
    ),
    "questions": ("Questions to your code:", "코드에 던지는 질문:"),
    "suggestions": (
        "{count} suggestions, and no verdict. Done with it? torchkata refactor {name} --done",
        "제안 {count}개 (판정이 아닙니다). 끝났으면: torchkata refactor {name} --done",
    ),
    "nothing_left": (
        "Nothing left to suggest: {name} is refactored.",
        "더 제안할 것이 없습니다: {name} 리팩터 완료.",
    ),
    # The watcher.
    "warming": ("warming up: torch, pytest, Hypothesis", "준비 중: torch, pytest, Hypothesis"),
    "running": ("running", "실행 중"),
    "checking": (
        "All {total} steps pass on a few examples; now on all of them: {done}.",
        "{total}단계가 적은 예제에서 모두 통과합니다. 이제 전체 예제로 확인합니다: {done}.",
    ),
    "smaller": ("looking for the smallest case", "가장 작은 예를 찾는 중"),
    "page": (
        "page {number} of {total}; the space bar turns it",
        "{number}/{total}쪽, 스페이스 바로 넘깁니다",
    ),
    "no_kata_there": ("There is no kata before or after this one.", "그쪽에는 카타가 없습니다."),
    "waiting": ("waiting for the next save of {stub}", "{stub} 저장을 기다리는 중"),
    "keys": (
        "h hint   r run all   n next   p previous   l list   o lesson   q quit",
        "h 힌트   r 모두 실행   n 다음   p 이전   l 목록   o 수업   q 끝내기",
    ),
    "slow": (
        "{step} has run for {seconds:.0f} s{where}. A loop that never ends? A save stops it.",
        "{step} 단계가 {seconds:.0f}초째 실행 중{where}. 반복이 끝나지 않나요? 저장하면 멈춥니다.",
    ),
    "exited": (
        "the process ended with exit code {code} during {step}",
        "{step} 단계에서 프로세스가 종료 코드 {code}로 끝났습니다",
    ),
    "crashed": (
        "the interpreter was ended by {signal} during {step}",
        "{step} 단계에서 인터프리터가 {signal} 신호로 끝났습니다",
    ),
    "runner_killed": (
        "the process that runs the steps was killed; the next save starts another",
        "단계를 실행하던 프로세스가 강제로 종료되었습니다. 다음에 저장하면 새로 시작합니다",
    ),
    "stopped_at": (
        (
            "{step} did not end within {seconds} seconds: is there a loop that never ends? "
            "It was at {where}."
        ),
        (
            "{step} 단계가 {seconds}초 안에 끝나지 않았습니다. 끝나지 않는 반복이 있습니까? "
            "멈춘 곳: {where}"
        ),
    ),
    "stopped_somewhere": (
        "{step} did not end within {seconds} seconds: is there a loop that never ends?",
        "{step} 단계가 {seconds}초 안에 끝나지 않았습니다. 끝나지 않는 반복이 있습니까?",
    ),
    "to_next": (
        "n moves on to the next kata. Or stay and refactor: torchkata refactor {name}",
        "n 키로 다음 카타로 넘어갑니다. 더 다듬으려면: torchkata refactor {name}",
    ),
    # The command: what it says of a course, its katas and its own calls.
    "help": (
        "Learn PyTorch by making tests pass.",
        "테스트를 통과시키며 PyTorch를 배웁니다.",
    ),
    "help_alone": (
        "Alone, it tells where you are and what to do next. Start with `torchkata init my-katas`.",
        "명령 없이 부르면 지금 위치와 다음 할 일을 알려 줍니다. 시작: `torchkata init my-katas`.",
    ),
    "help_list": ("Show the state of every kata.", "모든 카타의 상태를 보여 줍니다."),
    "help_run": ("Run the steps of a kata.", "카타의 단계를 실행합니다."),
    "help_watch": (
        "Watch a kata: save its file and know at once.",
        "저장할 때마다 바로 결과를 보여 줍니다.",
    ),
    "help_hint": ("Show the next hint that you have not seen.", "다음 힌트를 보여 줍니다."),
    "help_next": (
        "Move on to the next kata that is not green.",
        "초록이 아닌 다음 카타로 넘어갑니다.",
    ),
    "help_refactor": (
        "Suggest what could be better in green code.",
        "초록이 된 코드에서 더 나아질 점을 제안합니다.",
    ),
    "help_solution": (
        "Show the authors' solution, once yours is green.",
        "카타가 초록이 되면 저자의 풀이를 보여 줍니다.",
    ),
    "help_reset": (
        "Put a kata's file back as it came; keep yours.",
        "카타 파일을 처음 상태로 되돌립니다. 쓰던 파일은 보관합니다.",
    ),
    "help_init": (
        "Make a course folder: every kata, ready to start.",
        "모든 카타가 든 과정 폴더를 만듭니다.",
    ),
    "help_update": (
        "Bring this course folder up to date.",
        "이 과정 폴더를 최신 상태로 만듭니다.",
    ),
    "help_verify": (
        "Prove the tests of katas (for authors).",
        "카타의 테스트를 증명합니다(저자용).",
    ),
    "no_command": (
        "there is no command {name!r}.{meant} There are: {names}",
        "{name!r} 명령은 없습니다.{meant} 있는 명령: {names}",
    ),
    "no_kata": (
        "there is no kata {name!r}.{meant} There are: {names}",
        "{name!r} 카타는 없습니다.{meant} 있는 카타: {names}",
    ),
    "meant": (" Did you mean {close}?", " 혹시 {close}입니까?"),
    "several_katas": (
        "{name!r} means several katas: {names}",
        "{name!r}에 맞는 카타가 여럿입니다: {names}",
    ),
    "empty_course": ("{place} holds no kata", "{place} 폴더에 카타가 없습니다"),
    "no_course": (
        (
            "no katas in {place} or above it. "
            "Go to your course folder, or make one: torchkata init my-katas"
        ),
        (
            "{place} 폴더와 그 위에 카타가 없습니다. "
            "과정 폴더로 가거나 새로 만드세요: torchkata init my-katas"
        ),
    ),
    "no_course_yet": (
        "No katas in {place} or above it. {count} katas came with the package:",
        "{place} 폴더와 그 위에 카타가 없습니다. 패키지에 카타 {count}개가 들어 있습니다:",
    ),
    "help_label": ("help", "도움말"),
    "nothing_installed": (
        "{place} holds no katas: install pytest-torchkata again",
        "{place} 폴더에 카타가 없습니다. pytest-torchkata를 다시 설치하세요",
    ),
    "not_kept": ("progress is not kept: {error}", "진행 상황을 저장하지 못했습니다: {error}"),
    "stopped": ("stopped", "중단했습니다"),
    "error": ("Error: {text}", "오류: {text}"),
    "no_hints": (
        "{place} has no hints: no section that starts with '## 1'",
        "{place} 파일에 힌트가 없습니다. '## 1'로 시작하는 절이 없습니다",
    ),
    "no_folder": (
        "{place} cannot be made a course folder: {error}",
        "{place} 폴더를 과정 폴더로 만들 수 없습니다: {error}",
    ),
    "is_a_file": (
        "{place} is a file; name a folder, new or empty",
        "{place}: 폴더가 아니라 파일입니다. 새 폴더나 빈 폴더의 이름을 쓰세요",
    ),
    "in_the_source": (
        "{place} lies in the course's own source; name a folder elsewhere",
        "{place}: 과정의 원본 안에 있습니다. 다른 곳의 폴더를 쓰세요",
    ),
    "kept_many": (
        "kept   {count} files that were there already",
        "유지   이미 있던 파일 {count}개",
    ),
    "kept": ("kept   {place}", "보관   {place}"),
    "left_alone": ("kept   {place}", "유지   {place}"),
    "written": ("{count} files written to {place}", "{place} 폴더에 파일 {count}개를 썼습니다"),
    "start_with": (
        "next   cd {place} && torchkata watch      (or: pytest katas/{first})",
        "다음   cd {place} && torchkata watch      (또는: pytest katas/{first})",
    ),
    "not_green": (
        (
            "{name} is not green ({passed} of {total} steps pass; {state}): "
            "refactoring starts from green. torchkata run {short}"
        ),
        (
            "{name} 카타는 아직 초록이 아닙니다({total}단계 중 {passed}단계 통과, {state}). "
            "리팩터는 초록에서 시작합니다. torchkata run {short}"
        ),
    ),
    "is_refactored": ("{name} is refactored.", "{name} 리팩터를 마쳤습니다."),
    "trying": (
        "Running the steps and trying the code out; this takes some seconds.",
        "단계를 실행하고 코드를 시험해 봅니다. 몇 초 걸립니다.",
    ),
    "no_ruff": (
        "ruff is not installed: pip install ruff, and it is asked too.",
        "ruff가 없습니다. pip install ruff로 설치하면 ruff의 제안도 보여 줍니다.",
    ),
    "no_reference": (
        (
            "The speed is not compared: the reference solution comes with the source "
            "repository, not with the installed package."
        ),
        "속도는 비교하지 않았습니다. 기준 풀이는 소스 저장소에 있고 설치된 패키지에는 없습니다.",
    ),
    "no_solution": (
        (
            "the solution of {name} is not on this machine: solutions come with the "
            "source repository (tests/katas), not with the installed package. "
            "Hints do: torchkata hint {short}"
        ),
        (
            "{name}의 풀이가 이 컴퓨터에 없습니다. 풀이는 소스 저장소(tests/katas)에 있고 "
            "설치된 패키지에는 없습니다. 힌트는 있습니다: torchkata hint {short}"
        ),
    ),
    "solution_waits": (
        (
            "{name} is not green ({passed} of {total} steps pass). "
            "A hint? torchkata hint {short}. "
            "To see the solution all the same: torchkata solution {short} --give-up"
        ),
        (
            "{name} 카타는 아직 초록이 아닙니다({total}단계 중 {passed}단계 통과). "
            "힌트를 보려면: torchkata hint {short}. "
            "그래도 풀이를 보려면: torchkata solution {short} --give-up"
        ),
    ),
    "as_it_came": (
        "{place} is as it came: nothing to reset",
        "{place} 파일은 처음 그대로입니다. 되돌릴 것이 없습니다",
    ),
    "reset": ("reset  {place}", "복원   {place}"),
    "not_in_course": (
        "the installed course has no {name}: {place} cannot be brought back from it",
        "설치된 과정에 {name} 카타가 없어 {place} 파일을 되돌릴 수 없습니다",
    ),
    "git_cannot_tell": (
        "{place} is part of this course's own source, and git cannot tell how it was: {error}",
        "{place} 파일은 과정의 원본인데 처음 상태를 git에서 알 수 없습니다: {error}",
    ),
    "git_does_not_know": (
        "{place} is part of this course's own source, and git does not know it",
        "{place} 파일은 과정의 원본인데 git이 모르는 파일입니다",
    ),
    "update_the_source": (
        "{place} is the course's own source: bring it up to date with git",
        "{place} 폴더는 과정의 원본입니다. git으로 최신 상태로 만드세요",
    ),
    "not_by_init": (
        "{place} was not made by `torchkata init`: its name is not katas",
        "{place} 폴더는 `torchkata init`으로 만든 폴더가 아닙니다. 이름이 katas가 아닙니다",
    ),
    "update_new": ("new       {place}", "새로 옴   {place}"),
    "update_replaced": ("replaced  {place}", "바뀜      {place}"),
    "update_kept": (
        "  your version is kept: {place}",
        "  쓰던 파일은 보관했습니다: {place}",
    ),
    "update_tests": (
        "the tests of {name} have changed: run it again",
        "{name}의 테스트가 바뀌었습니다. 다시 실행하세요",
    ),
    "update_stub": (
        (
            "{place} is yours and stays; the course has a new one: torchkata reset "
            "{name} would fetch it and keep yours"
        ),
        (
            "{place} 파일은 그대로 두었습니다. 과정에는 새 파일이 있습니다: torchkata reset "
            "{name} 명령은 그것을 가져오고 쓰던 파일을 보관합니다"
        ),
    ),
    "update_nothing": (
        "Nothing has changed: this course is up to date.",
        "바뀐 것이 없습니다. 이 과정은 최신 상태입니다.",
    ),
}
