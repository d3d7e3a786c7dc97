"""The frame in a real browser."""

import pytest

from salesdept.models import Notice
from tests.browser.lib import assert_accessible, assert_sound, login
from tests.factories import customers as make


def tell(person, now, title="2#-1503 签约截止今天 18:00", **fields):
    return Notice.objects.create(user=person, key=title, title=title, at=now, **fields)


def test_the_door_is_sound(screen):
    assert_sound(screen, "/login/")


@pytest.mark.parametrize(
    "path", ["/", "/mine/", "/notices/", "/password/", "/about/", "/shortcuts/", "/nowhere/"]
)
def test_every_page_of_the_frame_is_sound(screen, rep, now, path):
    tell(rep, now, urgent=True, body="王丽华 · 定金已收")
    login(screen, "rep")
    assert_sound(screen, path)


def test_a_wrong_password_is_said_at_the_password(phone, rep):
    page = phone.go("/login/")
    page.fill("[name=username]", "rep")
    page.fill("[name=password]", "not the password")
    page.click("form.login__box button[type=submit]")
    assert page.locator("#id_password_error").inner_text() == "账号或密码不正确"
    assert page.locator("[name=password]").get_attribute("aria-describedby") == "id_password_error"
    assert_accessible(page)


def test_the_password_can_be_shown(phone, rep):
    page = phone.go("/login/")
    page.click("[data-show]")
    assert page.locator("[name=password]").get_attribute("type") == "text"


def test_a_notice_opens_what_it_is_about_and_counts_down_the_bell(phone, rep, now):
    tell(rep, now, url="/mine/")
    page = login(phone, "rep")
    assert page.locator("#bell .iconbtn__dot").inner_text() == "1"
    page.click("#bell")
    assert_accessible(page)
    page.click("dialog .noticelist button")
    page.wait_for_url("**/mine/")
    assert page.locator("#bell .iconbtn__dot").count() == 0


def test_the_menu_under_the_bell_closes_with_escape(desktop, rep, now):
    page = login(desktop, "rep")
    page.click("#bell")
    page.wait_for_selector("text=没有提醒")
    page.keyboard.press("Escape")
    assert page.locator("dialog.dialog--menu").is_hidden()
    page.click("#bell")
    page.wait_for_selector("text=没有提醒")


def test_the_theme_flips_at_once_and_stays(desktop, rep):
    page = login(desktop, "rep")
    page.click("[data-theme-form] button")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_question_mark_opens_the_keys_and_escape_gives_the_focus_back(desktop, rep):
    page = login(desktop, "rep")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#keys").is_hidden()


def test_single_keys_rest_while_typing(desktop, rep):
    page = login(desktop, "rep")
    page.goto(desktop.base + "/password/")
    page.locator("[name=old_password]").press("?")
    assert page.locator("#keys").is_hidden()


def test_single_keys_can_be_switched_off(desktop, rep):
    page = login(desktop, "rep")
    page.goto(desktop.base + "/shortcuts/")
    page.locator("main [data-keys-off]").check()
    page.keyboard.press("?")
    assert page.locator("#keys").is_hidden()


def test_j_and_k_walk_through_a_list(desktop, rep, now):
    tell(rep, now, "一"), tell(rep, now, "二")
    page = login(desktop, "rep")
    page.goto(desktop.base + "/notices/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.innerText").startswith("一")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.innerText").startswith("二")


def test_two_keys_go_to_a_page(desktop, rep):
    page = login(desktop, "rep")
    page.goto(desktop.base + "/mine/")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url(desktop.base + "/")


def test_control_enter_saves_the_form_one_is_in(desktop, rep):
    page = login(desktop, "rep")
    page.goto(desktop.base + "/password/")
    page.fill("[name=old_password]", "wrong")
    page.fill("[name=new_password1]", "a-long-new-password")
    page.locator("[name=new_password2]").fill("a-long-new-password")
    page.locator("[name=new_password2]").press("Control+Enter")
    page.wait_for_selector("#id_old_password_error")


def test_a_form_is_sent_once_however_often_it_is_tapped(desktop, rep, now):
    tell(rep, now)
    page = login(desktop, "rep")
    page.goto(desktop.base + "/notices/")
    posts = []
    desktop.context.on(
        "request", lambda request: posts.append(request.url) if request.method == "POST" else None
    )
    page.locator("[action='/notices/read/']").evaluate(
        "(form) => { form.requestSubmit(); form.requestSubmit(); }"
    )
    page.wait_for_url("**/notices/")
    page.wait_for_selector("text=都看过了")
    assert len(posts) == 1


def poll_now(page):
    """Coming back to a hidden page polls at once."""
    with page.expect_response("**/notices/bell/") as answer:
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    answer.value.finished()
    return answer.value.status


def test_the_bell_is_polled_and_told_when_nothing_changed(desktop, rep, now):
    page = login(desktop, "rep")
    page.wait_for_timeout(1500)  # the first look around registers what is to be polled
    assert poll_now(page) == 200
    page.wait_for_timeout(200)
    assert poll_now(page) == 304
    tell(rep, now)
    page.wait_for_timeout(200)
    assert poll_now(page) == 200
    page.wait_for_selector("#bell .iconbtn__dot")


def test_a_fragment_that_meets_the_login_page_reloads_the_whole(desktop, rep):
    page = login(desktop, "rep")
    page.wait_for_timeout(1500)
    desktop.context.clear_cookies()
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/login/**")
    assert page.locator("form.login__box").is_visible()


def test_logging_out_empties_what_the_browser_kept(desktop, rep):
    page = login(desktop, "rep")
    page.evaluate("() => sessionStorage.setItem('draft:visit', '[]')")
    page.click("[data-logout] button")
    page.wait_for_url("**/login/")
    assert page.evaluate("() => sessionStorage.getItem('draft:visit')") is None


def test_the_frame_works_without_script(without_script, rep, now):
    tell(rep, now, url="/mine/")
    page = login(without_script, "rep")
    page.click("#bell")
    page.click(".noticelist button")
    page.wait_for_url("**/mine/")
    page.click("main button[value=dark]")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.click("main [data-logout] button")
    page.wait_for_url("**/login/")


def test_the_search_field_finds_while_typing_and_closes_with_escape(desktop, rep, now):
    person = make.customer(owner=rep, name="罗女士", now=now)
    page = login(desktop, "rep")
    page.keyboard.press("/")
    page.keyboard.type("luo")
    page.wait_for_selector(f"#hits a[href='/customers/{person.pk}/']")
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#hits", state="hidden")
    page.keyboard.press("/")
    page.keyboard.type("罗")
    page.click("#hits a")
    page.wait_for_url(f"**/customers/{person.pk}/")
